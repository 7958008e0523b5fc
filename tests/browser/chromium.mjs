// Finds Playwright, axe and Chromium where tests/peers/install put them, and opens windows of them.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const cache = execFileSync(join(here, '../peers/install'), ['--where'], { encoding: 'utf8' }).trim()
const installed = createRequire(join(cache, 'browser', 'package.json'))
const { chromium } = installed('playwright-core')

export const axeSource = readFileSync(installed.resolve('axe-core/axe.min.js'), 'utf8')

export const launch = () =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })

// The four ways in which every page is looked at.
export const looks = [
  { name: '1440-light', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  { name: '1440-dark', viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  { name: '390-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: '390-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
]

// Certificates of a fresh instance are its own, so they are not checked here.
export const open = (browser, look, state, more = {}) =>
  browser.newContext({
    viewport: look.viewport,
    colorScheme: look.colorScheme,
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
    storageState: state,
    ...more,
  })
