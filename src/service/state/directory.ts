import { type Directory, MASK } from '../../schema/state.js'
import type { Store } from '../../store/store.js'

/** Who exists; the secrets of apps are masked. @source control-api.md "State" */
export const createDirectory =
  ({ directory }: Store): (() => Directory) =>
  () => ({
    organizations: directory.organizations(),
    users: directory.users(),
    extensions: directory.extensions(),
    apps: directory.apps().map(app => ({ ...app, clientSecret: MASK }))
  })
