/** Why a change could not be stored: the disk is full, or the file cannot be written. */
export type StorageReason = 'storage_full' | 'storage_failed'

/**
 * A change that could not be stored, of which nothing was. The message names the file and what to do: for the operator and
 * the control API only. @source control-api.md "Errors"
 */
export class StorageError extends Error {
  constructor(
    readonly reason: StorageReason,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options)
    this.name = 'StorageError'
  }
}

/** The error when the disk is full. @param file undefined for a database in memory */
export const storageFull = (file: string | undefined, cause: unknown): StorageError =>
  new StorageError(
    'storage_full',
    file === undefined
      ? 'The database in memory is full. Nothing was changed.'
      : `The disk of the database ${file} is full. Nothing was changed. Make room on it, reset the state, or start with --database and another file.`,
    { cause }
  )

/** The error when the file cannot be written. @param code of SQLite */
export const storageFailed = (file: string | undefined, code: string, cause: unknown): StorageError =>
  new StorageError(
    'storage_failed',
    `The database ${file ?? 'in memory'} cannot be written (${code}). Nothing was changed. Check its disk and permissions, then send the request again, or start with --database and another file.`,
    { cause }
  )
