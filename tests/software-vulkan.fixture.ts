/**
 * WebGPU without a graphics card: Debian's Chromium brings SwiftShader, a driver for Vulkan that computes on the
 * processor. Libraries are looked for as a process starts, so a test that needs it runs a child process.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/usr/lib/chromium';
const DRIVER = join(FOLDER, 'vk_swiftshader_icd.json');

/** Variables of the environment of such a process; undefined where the driver is not installed. */
export const softwareVulkan: NodeJS.ProcessEnv | undefined =
  process.platform === 'linux' && process.arch === 'x64' && existsSync(DRIVER)
    ? { VK_DRIVER_FILES: DRIVER, LD_LIBRARY_PATH: FOLDER }
    : undefined;

/** Variables with which no driver for Vulkan is found, whatever is installed. */
export const noVulkan: NodeJS.ProcessEnv = { VK_DRIVER_FILES: '/dev/null', VK_ICD_FILENAMES: '/dev/null' };

/** The option `skip` of tests that need it: the reason where it is not there. */
export const withoutVulkan = softwareVulkan ? false : `${DRIVER} is not installed (Debian: apt install chromium)`;
