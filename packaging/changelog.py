#!/usr/bin/env python3
"""Prints CHANGELOG.md in Debian's form: packaging/changelog.py VERSION-REVISION SECONDS MAINTAINER < CHANGELOG.md

The uppermost section is the entry of the version that is packaged, with the date of the packaged commit; the whole file lies
beside it as changelog.gz.
"""
import email.utils
import re
import sys
import textwrap

version, seconds, maintainer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sections = re.split(r"^## ", sys.stdin.read(), flags=re.MULTILINE)[1:]
if not sections:
    sys.exit("CHANGELOG.md has no section that begins with “## ”")
paragraphs = re.split(r"\n\s*\n|\n(?=[-*] )", sections[0].partition("\n")[2].strip())
print(f"junctionbox ({version}) stable; urgency=medium\n")
for paragraph in filter(str.strip, paragraphs):
    text = re.sub(r"^[-*] ", "", " ".join(paragraph.split()))
    print(textwrap.fill(text, 78, initial_indent="  * ", subsequent_indent="    ", break_long_words=False))
date = email.utils.formatdate(seconds, localtime=False).replace("-0000", "+0000")
print(f"\n -- {maintainer}  {date}")
