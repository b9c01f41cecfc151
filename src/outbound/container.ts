import { existsSync, readFileSync } from 'node:fs'

/** Whether this process most likely runs in a container. The system is examined once, at the first use. */
export function isInContainer(): boolean {
  known ??= MARKERS.some(file => existsSync(file)) || namesRuntime(readOrEmpty('/proc/1/cgroup'))
  return known
}

let known: boolean | undefined

/** Whether the control groups of the first process are those of a container. */
export const namesRuntime = (cgroups: string): boolean => /docker|kubepods|containerd|libpod|lxc/.test(cgroups)

/** Files that Docker and Podman create in each container. */
const MARKERS = ['/.dockerenv', '/run/.containerenv']

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // other systems have no such file
  }
}
