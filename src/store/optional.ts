/** Reads a row, if there is one. */
export const optional = <Row, Value>(row: Row | undefined, read: (row: Row) => Value): Value | undefined =>
  row === undefined ? undefined : read(row)
