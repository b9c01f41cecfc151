import { copyOf, makeDatabase, makeOneTable } from './databases.mjs'
import { driveInTurns } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { startEmulatorProgram, startFloor } from './servers.mjs'

/** The loads that are nothing but writes. Their floor has one table and one index: a share of our indexes hides their price. */
const WRITES = ['create', 'update', 'delete']

/**
 * Measures requests a second of every load, of the emulator and of the floor in alternating rounds, on 1,000 events.
 * @returns a row for each load and number of connections
 */
export async function measureRates({ connections, seconds, rounds, say }) {
  const { file, sample } = await makeDatabase()
  const oneTable = makeOneTable(file)
  const rows = []
  for (const [load, { title, requests }] of Object.entries(LOADS)) {
    const floor = WRITES.includes(load) ? oneTable : file
    for (const many of connections) {
      say(`${title}, ${many} connections`)
      const servers = [await startEmulatorProgram(copyOf(file)), await startFloor('server', copyOf(floor))]
      const measured = await driveInTurns(servers, () => requests(sample), { connections: many, seconds, rounds })
      for (const server of servers) await server.stop()
      rows.push({ load, title, connections: many, emulator: measured.emulator, floor: measured.server })
    }
  }
  return rows
}
