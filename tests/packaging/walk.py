#!/usr/bin/env python3
"""What a person does in a browser on a fresh appliance, without one: follows the set-up link, keeps the recovery kit, reads a
line of it back, and looks at every page that a link leads to. Beside it, whether a session lives on.

    walk.py set-up LINK COOKIES KIT    sets up; the session goes into COOKIES, the kit as shown into KIT
    walk.py pages URL COOKIES          every page of tests/browser/pages.mjs, and what their links lead to
"""
import http.cookiejar
import pathlib
import re
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

PASSWORD = "a sentence that nobody else knows 1"
ONCE_EACH = re.compile(r"/(con|cus|usr|key|mnt|evt|epi|chk|grt|lnk|whe|whd|app)_[0-9a-z]+")
LEFT = re.compile(r"sign-out|/sign-in$|^/oauth/|\.(csv|json|pem|svg|css|js|txt)$|^/metrics|^/api/(?!docs)")


class Page(HTMLParser):
    """The forms with their fields, the links, and the text inside <pre>."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.printed, self._pre = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self.forms.append((found.get("action", ""), {}))
        elif tag in ("input", "select") and self.forms and found.get("name"):
            self.forms[-1][1][found["name"]] = found.get("value") or ""
        elif tag == "a" and found.get("href") and "download" not in found:
            self.links.append(found["href"])
        self._pre = self._pre or tag == "pre"

    def handle_endtag(self, tag):
        self._pre = self._pre and tag != "pre"

    def handle_data(self, data):
        if self._pre:
            self.printed += data


class Browser:
    def __init__(self, url, cookies):
        self.base = urllib.parse.urlunsplit(urllib.parse.urlsplit(url)[:2] + ("/", "", ""))
        self.jar = http.cookiejar.LWPCookieJar(cookies)
        if pathlib.Path(cookies).exists():
            self.jar.load(ignore_discard=True)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), urllib.request.HTTPSHandler(context=context)
        )

    def ask(self, path, fields=None):
        url = urllib.parse.urljoin(self.base, path)
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(url, body, {"Origin": self.base.rstrip("/")})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, url, error.read().decode("utf-8", "replace")

    def keep(self):
        self.jar.save(ignore_discard=True)


def fail(text):
    sys.exit(f"walk.py: {text}")


def form(text, action):
    for found, fields in Page(text).forms:
        if re.fullmatch(action, found):
            return found, fields
    fail(f"no form for {action} in: {text[:2000]}")


def set_up(link, cookies, kit):
    browser = Browser(link, cookies)
    status, _, text = browser.ask(urllib.parse.urlsplit(link).path)
    status == 200 or fail(f"the set-up page answers {status}")
    action, fields = form(text, "/setup/.+")
    fields.update(name="Olga Owner", email="owner@plant.example", password=PASSWORD, credits="100")
    status, url, text = browser.ask(action, fields)
    status == 200 and url.endswith("/keep-the-keys") or fail(f"the set-up ends at {url} with {status}: {text[:2000]}")
    shown = Page(text).printed
    lines = dict(re.findall(r"^\s*([KV]\d)\s+(\S.*\S)\s*$", shown, re.M))
    len(lines) == 8 or fail(f"the set-up shows {len(lines)} lines of a kit")
    pathlib.Path(kit).write_text(shown)
    action, fields = form(text, "/settings/recovery-kit/read-back")
    fields["line"] = "AAAA AAAA AAAA AAAA AAAA"
    browser.ask(action, fields)[0] == 422 or fail("a wrong line was taken for the right one")
    fields["line"] = lines[fields["label"]].lower()
    status, _, text = browser.ask(action, fields)
    "The recovery kit is kept" in text or fail(f"the line was not taken ({status}): {text[:2000]}")
    browser.keep()
    print(f"set up; the kit was shown, and line {fields['label']} read back")


def pages(url, cookies):
    browser = Browser(url, cookies)
    source = (pathlib.Path(__file__).parent.parent / "browser/pages.mjs").read_text()
    required = re.findall(r"^  '([^']+)',$", source.split("required = [", 1)[1].split("]", 1)[0], re.M)
    len(required) > 15 or fail("pages.mjs names too few pages")
    queue, seen, kinds = list(required), set(required), {}
    for path in queue:
        status, at, text = browser.ask(path)
        status == 200 or fail(f"{path} answers {status}")
        "/sign-in" not in at or fail(f"{path} asks for a sign-in")
        for link in Page(text).links:
            found = urllib.parse.urlsplit(urllib.parse.urljoin(at, link))
            target = found.path + (f"?{found.query}" if found.query else "")
            if not urllib.parse.urljoin(at, link).startswith(browser.base):
                fail(f"{path} leads to another host: {link}")
            kind = re.sub(r"^/systems/[^/]+", "/systems/:slug", ONCE_EACH.sub("/:id", found.path))
            kind += ",".join(sorted(urllib.parse.parse_qs(found.query, keep_blank_values=True)))
            if target in seen or LEFT.search(found.path) or kinds.get(kind, 0) >= 2:
                continue
            seen.add(target)
            kinds[kind] = kinds.get(kind, 0) + 1
            queue.append(target)
    browser.keep()
    print(f"{len(queue)} pages, {len(required)} of them by name")


if __name__ == "__main__":
    {"set-up": set_up, "pages": pages}[sys.argv[1]](*sys.argv[2:])
