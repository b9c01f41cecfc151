// The browser of the tests in a browser, of the screenshots and of the benchmark: a Chromium of this machine.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Names under which Chromium is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** How to get a browser, for a message. */
export const HOW_TO_GET_A_BROWSER =
  'install one (Debian: apt-get install chromium), or set UAPI_EMULATOR_BROWSER to the path of a Chromium'

/**
 * Finds a browser: the file that UAPI_EMULATOR_BROWSER names, or one on the PATH or in /usr/bin.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined} its path; undefined when there is none
 * @throws Error when UAPI_EMULATOR_BROWSER is set and names no program
 */
export function findBrowser(environment = process.env) {
  const { UAPI_EMULATOR_BROWSER: chosen = '', PATH = '' } = environment
  if (chosen !== '') {
    if (isProgram(chosen)) return chosen
    throw new Error(`UAPI_EMULATOR_BROWSER is "${chosen}", and no program is there. Give the path of a Chromium.`)
  }
  const folders = [...PATH.split(delimiter).filter(folder => folder !== ''), '/usr/bin']
  return folders.flatMap(folder => NAMES.map(name => join(folder, name))).find(isProgram)
}

/**
 * Starts a browser without a window, with an empty profile. Its own sandbox is off: it cannot be had by root or in most
 * containers, and the only pages that are opened are ours.
 * @param {string} executablePath
 */
export async function launchBrowser(executablePath) {
  const { chromium } = await import('playwright-core') // late: programs without a browser do not pay for it
  return chromium.launch({ executablePath, chromiumSandbox: false, timeout: 60_000 })
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
