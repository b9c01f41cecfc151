import type { Database, Statement } from 'better-sqlite3'

/**
 * Lets a database prepare each statement when it is first used: of the hundred that the stores name, a sandbox that is
 * made for one test uses few, and preparing them all is half of what making it costs. A mistake in one shows then.
 */
export function prepareLazily(sql: Database): void {
  const prepare = sql.prepare.bind(sql)
  // What a statement takes and gives is the word of whoever prepares it.
  Reflect.set(sql, 'prepare', (text: string) => new LazyStatement(() => prepare(text)))
}

/** The part of a statement that the stores use. */
class LazyStatement implements Pick<Statement, 'get' | 'all' | 'run' | 'iterate' | 'pluck' | 'raw'> {
  private readonly prepare: () => Statement
  private prepared: Statement | undefined

  constructor(prepare: () => Statement) {
    this.prepare = prepare
  }

  get(...values: unknown[]) {
    return this.statement().get(...values)
  }

  all(...values: unknown[]) {
    return this.statement().all(...values)
  }

  run(...values: unknown[]) {
    return this.statement().run(...values)
  }

  iterate(...values: unknown[]) {
    return this.statement().iterate(...values)
  }

  pluck(toggle = true) {
    return this.statement().pluck(toggle)
  }

  raw(toggle = true) {
    return this.statement().raw(toggle)
  }

  private statement(): Statement {
    this.prepared ??= this.prepare()
    return this.prepared
  }
}
