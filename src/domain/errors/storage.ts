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
