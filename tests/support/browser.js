/* Debian's Chromium, driven by Playwright, with a profile of its own each time. */
import { chromium } from 'playwright-core';

/** Installed by `make test`; another one where CHROMIUM says so. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** No calls home, and no sandbox, which a container's root does not have. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {Promise<import('playwright-core').Browser>} */
export const startBrowser = () => chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
