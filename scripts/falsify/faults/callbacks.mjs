// Webhooks: where they may go, that each is sent once, and what a receiver may do.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const CALLBACKS = {
  'src/domain/callbacks/catch-address.ts': [
    {
      name: 'a path that leads upwards is a catch address',
      text: "if (segment === '..') kept.pop()",
      instead: "if (segment === '..') kept.push()",
      test: '98-catch-addresses › of random paths, exactly those that a URL parser normalises to the prefix are caught'
    }
  ],
  'src/domain/callbacks/ip-address.ts': [
    {
      name: 'a private range is too narrow',
      text: "'172.16.0.0/12'",
      instead: "'172.16.0.0/13'",
      test: '83-webhooks › the callback policy decides by the kind of an address'
    },
    {
      name: 'the range of cloud metadata is public',
      text: "'169.254.0.0/16', 'fe80::/10'",
      instead: "'fe80::/10'",
      test: '83-webhooks › the callback policy decides by the kind of an address'
    },
    {
      name: 'an IPv4 address written as IPv6 is another one',
      text: 'return value >> 32n === MAPPED ?',
      instead: 'return value >> 32n === 1n ?',
      test: '83-webhooks › the callback policy applies to every spelling of an address'
    }
  ],
  'src/domain/callbacks/policy.ts': [
    {
      name: 'only the first address of a name is checked',
      text: 'for (const text of target.addresses) {',
      instead: 'for (const text of target.addresses.slice(0, 1)) {',
      test: '83-webhooks › the policy has to allow every address of a name, and the connection goes to one of them'
    },
    {
      name: 'a deny rule does not override an allow rule',
      text: 'if (denied) return denial(shown, denied)',
      instead: 'if (denied && allow.length === 0) return denial(shown, denied)',
      test: '83-webhooks › allow rules extend the callback policy, and deny rules override everything'
    },
    {
      name: 'a special address is allowed by --callbacks any',
      text: "if (found.kind === 'special') {",
      instead: "if (found.kind === 'special' && mode !== 'any') {",
      test: '83-webhooks › the callback policy decides by the kind of an address'
    },
    {
      name: 'the emulator sends webhooks to itself',
      text: 'if (!ranges.some(isSingle) && own.some(',
      instead: 'if (ranges.some(isSingle) && own.some(',
      test: '83-webhooks › the emulator sends no webhook to itself, under any name, unless exactly that address is allowed'
    }
  ],
  'src/outbound/connect.ts': [
    {
      name: 'a name is resolved again after the check',
      text: 'const destination = addresses.length === 1 ? { host: only } : { host, lookup }',
      instead: 'const destination = only === undefined ? { host, lookup } : { host }',
      test: '83-webhooks › DNS rebinding does not bypass the policy: the checked address is the one that is connected'
    },
    {
      name: 'the addresses of a name are not checked',
      text: 'const refusal = checkCallback(policy, { ...target.connected, addresses }, expandListeners(ownListeners()))',
      instead:
        'const refusal = checkCallback(policy, { ...target.connected, addresses: [] }, expandListeners(ownListeners()))',
      test: '83-webhooks › the policy has to allow every address of a name, and the connection goes to one of them'
    },
    {
      name: 'untrusted certificates are accepted',
      text: 'rejectUnauthorized: !insecure,',
      instead: 'rejectUnauthorized: false,',
      test: '83-webhooks › the certificate is verified for the host of the url, unless insecure callbacks are allowed'
    },
    {
      name: 'a certificate may be for any host',
      text: 'checkServerIdentity: (_host, certificate) => checkServerIdentity(target.named.host, certificate)',
      instead: 'checkServerIdentity: () => undefined',
      test: '83-webhooks › a trusted certificate has to be for the host of the url, also with a rewrite'
    }
  ],
  'src/outbound/connection-pool.ts': [
    {
      name: 'a connection is reused after its second',
      text: 'if (now() - since > POOL_LIMITS.idleMs) {',
      instead: 'if (now() - since > 2 * POOL_LIMITS.idleMs) {',
      test: '83-webhooks › a connection is reused within a second after its last answer, and not later'
    },
    {
      name: 'every idle connection is kept',
      text: 'if (isClosed || count >= POOL_LIMITS.size ||',
      instead: 'if (isClosed ||',
      test: '83-webhooks › at most 128 idle connections are kept'
    },
    {
      name: 'a connection that sent something unrequested is reused',
      text: "socket.on('data', destroy)",
      instead: '',
      test: '83-webhooks › a kept connection that was closed or sent data between two requests is not reused'
    }
  ],
  'src/outbound/exchange.ts': [
    {
      name: 'interim answers are not bounded',
      text: 'interims: 100 }',
      instead: 'interims: 100_000 }',
      test: '83-webhooks › a receiver may send a hundred interim answers, and no more'
    },
    {
      name: 'the head of an answer is not bounded',
      text: 'export const MAX_HEAD = { bytes: 16_384,',
      instead: 'export const MAX_HEAD = { bytes: 1_000_000,',
      test: '83-webhooks › every receiver failure is recorded with its reason and leaves no open socket'
    }
  ],
  'src/outbound/webhook-attempt.ts': [
    {
      name: 'a webhook is sent again after its kept connection broke',
      text: 'if (isReused && result.isLost) this.lose(target)',
      instead: 'if (isReused && result.isLost) this.connect(target)',
      test: '83-webhooks › a webhook whose kept connection breaks is not sent again, and the failure says so'
    },
    {
      name: 'a webhook is sent again after a reset on a fresh connection',
      text: 'else this.conclude(result)\n    }',
      instead:
        "else if (result.failure?.reason === 'reset' && this.stopConnecting !== null) {\n        this.connect(target)\n        this.stopConnecting = null as never\n      } else this.conclude(result)\n    }",
      test: '83-webhooks › a webhook whose kept connection breaks is not sent again, and the failure says so'
    }
  ]
}
