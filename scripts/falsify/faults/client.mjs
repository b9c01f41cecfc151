// The client, the command line and its certificates.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const CLIENT = {
  'src/client/stream.ts': [
    {
      name: 'a stream forgets an id that came without data',
      text: 'last = id\n',
      instead: 'if (event) last = id\n',
      test: '94-stream-and-metrics › a client that follows a stream › continues after the position that came without an event'
    },
    {
      name: 'a stream begins anew after each lost connection',
      text: "...(last !== undefined && { 'last-event-id': last })",
      instead: "...(lastEventId !== undefined && { 'last-event-id': lastEventId })",
      test: '94-stream-and-metrics › a client that follows a stream › continues after the position that came without an event'
    }
  ],
  'src/cli/program.ts': [
    {
      name: 'a refused request exits as a failure',
      text: 'error instanceof ClientError && error.status !== BAD_REQUEST ?',
      instead: 'error instanceof ClientError ?',
      test: '73-call-and-catch-commands › call › that the emulator refuses exits with 2, as invalid options do'
    },
    {
      name: 'wrong options exit as a success',
      text: 'return error.exitCode === 0 ? EXIT.ok : EXIT.usage',
      instead: 'return error.exitCode >= 0 ? EXIT.ok : EXIT.usage',
      test: '73-call-and-catch-commands › an option › that is missing or invalid is named, every one, with the expected value'
    }
  ],
  'src/cli/commands/call/verify.ts': [
    {
      name: 'a failed verification exits as a success',
      text: 'return EXIT.notVerified',
      instead: 'return EXIT.ok',
      test: '96-control-commands › verify'
    }
  ],
  'src/cli/serve/certificate/certificates.ts': [
    {
      name: 'a certificate lacks the allowed hosts',
      text: '[new URL(publicUrl).host]), ...allowedHosts]',
      instead: '[new URL(publicUrl).host])]',
      test: '72-certificates › the certificate has the allowed hosts, and of their globs those that clients accept'
    }
  ],
  'src/cli/serve/certificate/defects.ts': [
    {
      name: 'a certificate is served until it expires',
      text: 'leftOf(certificate, now) > (SERVER_DAYS * DAY) / 3',
      instead: 'leftOf(certificate, now) > 0',
      test: '72-certificates › a certificate is renewed when a third of its time is left, and its authority stays'
    },
    {
      name: 'an authority is used with the key of another',
      text: "if (!isPair({ cert, key })) return 'it does not belong to its key'",
      instead: "if (cert === '') return 'it does not belong to its key'",
      test: '72-certificates › an authority that cannot sign is replaced, with a line that says so'
    }
  ],
  'src/cli/serve/certificate/folder.ts': [
    {
      name: 'a private key can be read by others',
      text: 'replaceFile(key, pair.key, 0o600)',
      instead: 'replaceFile(key, pair.key, 0o644)',
      test: '70-serve › --tls › creates an authority that clients can trust, stores it beside the database, and reuses it'
    }
  ],
  'src/cli/serve/certificate/issue.ts': [
    {
      name: 'the certificate of a server is an authority',
      text: 'new x509.BasicConstraintsExtension(false, undefined, true)',
      instead: 'new x509.BasicConstraintsExtension(true, undefined, true)',
      test: '72-certificates › the certificate of a server is no authority, is signed by one, and lasts 397 days'
    }
  ]
}
