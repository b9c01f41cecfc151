import {
  type EventAddress,
  parseExtensionRef,
  parseUserRef,
  reaches,
  SELF,
  type UserRef
} from '../domain/addressing.js'
import { UapiError } from '../domain/errors/uapi.js'
import type { Extension, ExtensionKind, ExtensionNumber, User } from '../schema/directory.js'
import type { Store } from '../store/store.js'
import type { RequestContext } from './watch/request-context.js'

/** The user and the extension of a request's path. */
export type ExtensionAddress = Pick<EventAddress, 'userId' | 'extension'>

/** The extensions that requests of the vendor's services address. @source contract §5 */
export interface ExtensionService {
  /**
   * Resolves the extension of a path, in the contract's order: userId, permission, extension. `@me` is the principal and
   * every user that its role reaches.
   * @param isAllowed whether the operation has extensions of a kind
   * @throws UapiError `user_invalid`, `access_denied`, `extension_invalid`
   * @source contract §5; contract §2 (clients): an organization's app addresses the extensions of its users with `@me`
   */
  resolve(
    principal: User,
    address: ExtensionAddress,
    isAllowed: (kind: ExtensionKind) => boolean,
    context: RequestContext | undefined
  ): Extension
  /**
   * The only Phone Terminal of a user, as `@self` addresses it.
   * @throws UapiError `user_invalid`, `access_denied`; `extension_invalid` when it names no single extension
   * @source phone-calls.md "Paths" (decided)
   * @assumed 0022
   */
  resolveSelf(principal: User, userId: string): Extension
  /**
   * Whether an extension is one that `@self` addresses in a list: every one that the role reaches, and with the id of a
   * user the extensions of that user.
   * @throws UapiError `user_invalid`, `access_denied`
   * @source phone-calls.md "Paths" (decided)
   * @assumed 0022
   */
  reachedBy(principal: User, userId: string): (number: ExtensionNumber) => boolean
  /** Finds the extended number of the extension in a path, without a check of permissions; undefined when there is none. */
  locate(principal: User, address: ExtensionAddress): ExtensionNumber | undefined
}

/** Looks extensions up in the directory of a store. */
export function createExtensionService({ directory }: Pick<Store, 'directory'>): ExtensionService {
  /** The user of a path, whose role it must reach unless the extension names the user. */
  const addressedBy = (principal: User, userId: string): { ref: UserRef; addressed: User } => {
    const ref = parseUserRef(userId)
    const addressed = ref.kind === 'id' ? directory.findUser(ref.id) : principal
    if (addressed === undefined) throw new UapiError('user_invalid', 'user_unknown')
    if (ref.kind !== 'owner') checkReach(principal, addressed)
    return { ref, addressed }
  }

  const find = (text: string, { organization }: User): Extension => {
    const { kind, number } = parseExtensionRef(text)
    if (kind === 'short' && organization === null) throw new UapiError('extension_invalid', 'organization_missing')
    const found = kind === 'short' ? directory.findShort(number, organization ?? '') : directory.findExtension(number)
    if (found === undefined) throw new UapiError('extension_invalid', 'extension_unknown')
    return found
  }

  const ownerOf = ({ number, owner }: Extension): User => {
    const user = directory.findUser(owner)
    if (user === undefined) throw new Error(`The owner of ${number} does not exist.`) // a foreign key forbids it
    return user
  }

  const resolveSelf = (principal: User, userId: string): Extension => {
    const { addressed } = addressedBy(principal, userId)
    const terminals = directory.extensionsOf(addressed.id).filter(({ kind }) => kind === 'phoneTerminal')
    const [only, second] = principal.role === 'user' ? terminals : []
    if (only !== undefined && second === undefined) return only
    const remedy = 'Only a user with exactly one Phone Terminal can send @self here: send a number instead.'
    throw new UapiError('extension_invalid', 'extension_self', undefined, remedy)
  }

  return {
    resolve(principal, { userId, extension }, isAllowed, context) {
      const { ref, addressed } = addressedBy(principal, userId)
      const found = find(extension, addressed)
      if (context !== undefined) context.extension = found.number
      if (ref.kind === 'owner') checkReach(principal, ownerOf(found))
      else if (found.owner !== addressed.id && !(ref.kind === 'authenticated' && reaches(principal, ownerOf(found)))) {
        throw new UapiError('extension_invalid', 'extension_not_owned')
      }
      if (!isAllowed(found.kind)) throw new UapiError('extension_invalid', 'extension_kind')
      return found
    },
    resolveSelf,
    reachedBy(principal, userId) {
      const { ref, addressed } = addressedBy(principal, userId)
      return number => {
        const owner = directory.findExtension(number)?.owner
        const user = owner === undefined ? undefined : directory.findUser(owner)
        if (user === undefined) return false
        return ref.kind === 'id' && ref.id !== principal.id ? user.id === addressed.id : reaches(principal, user)
      }
    },
    locate(principal, { userId, extension }) {
      const ref = parseUserRef(userId)
      const addressed = ref.kind === 'id' ? directory.findUser(ref.id) : principal
      try {
        if (extension === SELF) return resolveSelf(principal, userId).number
        return addressed && find(extension, addressed).number
      } catch (error) {
        if (error instanceof UapiError) return undefined // the operation itself refuses it
        throw error
      }
    }
  }
}

function checkReach(principal: User, target: User): void {
  if (!reaches(principal, target)) throw new UapiError('access_denied', 'role_forbids', 403)
}
