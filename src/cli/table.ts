/** A column, and how many characters it has at least. */
export interface Column {
  name: string
  width: number
}

/** A table as lines of text. A value that is wider than its column moves the rest of its line. */
export interface Table {
  /** The names of the columns. */
  head(): string
  row(values: string[]): string
}

/** A table that has these columns. */
export function tableOf(columns: readonly Column[]): Table {
  const row = (values: string[]) =>
    `${values
      .map((value, index) => value.padEnd(columns[index]?.width ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return { head: () => row(columns.map(({ name }) => name)), row }
}

/**
 * What a list does not show, a line each.
 * @param keeping the option of `serve` that keeps more
 */
export const renderRest = (
  { shown, total, dropped }: { shown: number; total: number; dropped: number },
  keeping: string
): string =>
  [
    ...(total > shown ? [`The newest ${shown} of ${total}.\n`] : []),
    ...(dropped > 0 ? [`${dropped} older ones were forgotten; serve ${keeping} keeps more.\n`] : [])
  ].join('')
