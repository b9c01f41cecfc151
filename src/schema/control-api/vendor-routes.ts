/** A path of the vendor's services or of OAuth, with its methods. `:name` stands for a value. */
export interface VendorRoute {
  path: string
  methods: readonly string[]
}

/** The paths of the vendor's services and of OAuth, with their methods. @source contract §2, §7; phone-calls.md "Paths" */
export const VENDOR_ROUTES: readonly VendorRoute[] = [
  { path: '/uapi/extensions/:userId/:extension/phoneCallEvents', methods: ['GET', 'POST', 'DELETE'] },
  { path: '/uapi/extensions/:userId/:extension/phoneCallEvents/:eventType', methods: ['GET', 'POST', 'DELETE'] },
  {
    path: '/uapi/extensions/:userId/:extension/phoneCallEvents/:eventType/:eventId',
    methods: ['GET', 'PUT', 'DELETE']
  },
  { path: '/uapi/phoneCalls/:userId/simple', methods: ['POST'] },
  { path: '/uapi/phoneCalls/:userId/:extension', methods: ['GET', 'PUT', 'DELETE'] },
  { path: '/uapi/phoneCalls/:userId/:extension/:phoneCallId', methods: ['GET', 'PUT', 'DELETE'] },
  { path: '/oauth/token.php', methods: ['POST'] },
  { path: '/oauth/authorize.php', methods: ['GET', 'POST'] }
]
