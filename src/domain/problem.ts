/** Something that is wrong with a document: where, as a JSON path, and what. */
export interface Problem {
  path: string
  message: string
}
