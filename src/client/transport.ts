/** The address and the credentials of a control API. */
export interface TransportOptions {
  /** The URL that the emulator, or one of its sandboxes, prints: `http://127.0.0.1:4772`. */
  url: string
  /** The control token, if the emulator requires one. */
  controlToken?: string | undefined
  /** The certificate to trust over https, PEM. */
  ca?: string | undefined
}

/** An answer of any status. */
export interface Answer {
  status: number
  /** The parsed JSON body; undefined when it is not JSON. */
  body: unknown
}

/** An answer whose body is read while it arrives. */
export interface StreamedAnswer {
  status: number
  /** The media type; empty when the answer names none. */
  contentType: string
  /** The body, decoded as UTF-8. Iterating throws when the connection is lost or the signal is aborted. */
  text: AsyncIterable<string>
}

/** Sends requests to a control API: the only part of the client that depends on its platform. */
export interface Transport {
  /** As it was given, without trailing slashes. */
  url: string
  /**
   * Sends a request, on a connection that is kept.
   * @param path below `/_emulator`, percent-encoded, with its query
   * @throws ClientError without an answer
   */
  send(method: string, path: string, body?: object): Promise<Answer>
  /**
   * Sends a GET whose answer is streamed.
   * @throws ClientError without an answer
   */
  open(path: string, options?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<StreamedAnswer>
  /** Closes the connections. Requests in flight fail, and later ones are refused. */
  close(): void
}

/** Parses a base URL. @returns undefined unless it is an http or https URL without credentials, query and fragment */
export function parseBaseUrl(text: string): URL | undefined {
  if (!URL.canParse(text) || /[?#]/.test(text)) return undefined
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url : undefined
}
