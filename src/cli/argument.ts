import type { Setting } from '../config.js'

/** A word that a command takes without a name before it, in the order of the table. Its `flag` is how it is called. */
export interface Argument extends Setting {
  argument: true
}

/** The options of a command, and the arguments among them. */
export type CommandTable = Readonly<Record<string, Setting | Argument>>

/** Whether a row of a table is an argument. */
export const isArgument = (row: Setting | Argument): row is Argument => 'argument' in row
