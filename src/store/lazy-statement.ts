import type { Database, RunResult, Statement } from 'better-sqlite3'

/** Prepares a statement: `Values` are its parameters, `Row` is a row of its result. */
export type Prepare = <Values extends unknown[] = unknown[], Row = unknown>(text: string) => LazyStatement<Values, Row>

/**
 * Prepares statements that are compiled at their first use. The stores have a hundred, of which a sandbox for one test
 * uses few, and compiling all is half of the time that it takes to create one. An error in a statement shows then.
 * @param connection the connection of now; after another has taken its place, `forget` makes all compile anew
 */
export function createPreparer(connection: () => Database): { prepare: Prepare; forget: () => void } {
  const compiled = new Set<{ forget(): void }>()
  return {
    prepare<Values extends unknown[], Row>(text: string) {
      const statement: LazyStatement<Values, Row> = new LazyStatement(() => {
        compiled.add(statement)
        return connection().prepare<Values, Row>(text) as Statement<Values, Row> // parameters are always a list
      })
      return statement
    },
    forget() {
      for (const statement of compiled) statement.forget()
      compiled.clear()
    }
  }
}

/** A statement that is compiled at its first use, with the methods of better-sqlite3 that the stores need. */
export class LazyStatement<Values extends unknown[], Row> {
  private compiled: Statement<Values, Row> | undefined
  private isRaw = false

  constructor(private readonly compile: () => Statement<Values, Row>) {}

  run(...values: Values): RunResult {
    return this.statement().run(...values)
  }

  get(...values: Values): Row | undefined {
    return this.statement().get(...values)
  }

  all(...values: Values): Row[] {
    return this.statement().all(...values)
  }

  iterate(...values: Values): IterableIterator<Row> {
    return this.statement().iterate(...values)
  }

  /** Makes it give each row as a list of values. Call it before the first use. */
  raw(): this {
    this.isRaw = true
    return this
  }

  /** Makes it compile again at its next use. */
  forget(): void {
    this.compiled = undefined
  }

  private statement(): Statement<Values, Row> {
    this.compiled ??= this.isRaw ? this.compile().raw() : this.compile()
    return this.compiled
  }
}

/** Prepares statements whose text is composed at run time; each text is prepared once and kept. */
export function createStatementCache(prepare: Prepare): <Row>(text: string) => LazyStatement<[object], Row> {
  const statements = new Map<string, LazyStatement<[object], unknown>>()
  return <Row>(text: string) => {
    const statement = statements.get(text) ?? prepare<[object], Row>(text)
    statements.set(text, statement)
    return statement as LazyStatement<[object], Row> // a text always has the same kind of row
  }
}
