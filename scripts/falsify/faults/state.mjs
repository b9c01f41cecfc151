// State: the database, fixtures, snapshots, ids, settings, sandboxes and the clock.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const STATE = {
  'src/store/replacing/connection.ts': [
    {
      name: 'a large change that finds no room leaves a file',
      text: `      } catch (error) {
        removeDatabase(next)`,
      instead: '      } catch (error) {',
      test: '91-recovery › a large change on a full disk is refused, leaves nothing behind, and is made when there is room'
    },
    {
      name: 'the file of a database is closed twice',
      text: '    copier = undefined',
      instead: '',
      test: '89-large-changes › a database file is copied beside the event loop: › and its file is closed once, also when the file that took its place cannot be opened'
    }
  ],
  'src/service/state/large/large-work.ts': [
    {
      name: 'two large changes prepare at the same time',
      text: 'const whole = lastExclusive.then(async () => {',
      instead: 'const whole = Promise.resolve().then(async () => {',
      test: '89-large-changes › work of a sandbox that must not wait begins when that of another one is over, and the worker is idle'
    },
    {
      name: 'a large change waits for the tasks of others',
      text: "await run('ready', undefined)",
      instead: '',
      test: '89-large-changes › work of a sandbox that must not wait begins when that of another one is over, and the worker is idle'
    }
  ],
  'src/store/replacing/copier.ts': [
    {
      name: 'a copy lacks the log that was removed',
      text: "throw new Error('the write-ahead log is gone')",
      instead: 'return',
      test: '89-large-changes › a database file is copied beside the event loop: › unless emulator.db-wal was removed while it is open: the copy would lack what was written'
    },
    {
      name: 'a copy that is gone is an empty database',
      text: '{ fileMustExist: true }',
      instead: '{}',
      test: '89-large-changes › a database file is copied beside the event loop: › and a copy that was removed is not taken for an empty database'
    },
    {
      name: 'a copy of a file drops its lock',
      text: '      } finally {\n        goOn()',
      instead: "      } finally {\n        closeSync(openSync(file, 'r'))\n        goOn()",
      test: '89-large-changes › a database file is copied beside the event loop: › and stays locked for other processes, also after it was replaced'
    },
    {
      name: 'a file changes while it is copied',
      text: "sql.pragma('wal_autocheckpoint = 0')",
      instead: "sql.pragma('wal_autocheckpoint')",
      test: '89-large-changes › a database file is copied beside the event loop: › with what only its log holds; while it lasts, no commit changes the file'
    },
    {
      name: 'a copy of a file mixes two states',
      text: 'if (!begun.equals(',
      instead: 'if (begun.length === 0 && !begun.equals(',
      test: '89-large-changes › a database file is copied beside the event loop: › again from its start when the log begins anew in between'
    }
  ],
  'src/store/database.ts': [
    {
      name: '--durability full is normal',
      text: "durability === 'full' ? 'FULL' : 'NORMAL'",
      instead: "durability === 'full' ? 'NORMAL' : 'NORMAL'",
      test: '60-database › with --durability full every commit is synced to the disk, and by default only checkpoints are'
    },
    {
      name: 'a database is not locked',
      text: 'PRAGMA locking_mode = EXCLUSIVE; ',
      instead: '',
      test: '60-database › a second emulator in the same process is refused, and the file stays locked for other processes'
    },
    {
      name: 'a process opens a database twice',
      text: 'if (openFiles.has(file)) throw alreadyOpen(file)',
      instead: '',
      test: '60-database › a second emulator in the same process is refused, and the file stays locked for other processes'
    },
    {
      name: 'a migration that fails leaves half of itself',
      text: 'const apply = sql.transaction(() => {',
      instead: 'const apply = ((run: () => void) => ({ immediate: run }))(() => {',
      test: '60-database › an older schema › that was closed stays unchanged when a migration fails by the rows of the file'
    },
    {
      name: 'a migration may leave rows without their parents',
      text: 'if (Array.isArray(orphans) && orphans.length > 0) throw',
      instead: 'if (orphans === undefined) throw',
      test: '60-database › an older schema › that was closed stays unchanged when a migration leaves rows without their parents'
    },
    {
      name: 'foreign keys are not enforced',
      text: 'PRAGMA foreign_keys = ON`)',
      instead: 'PRAGMA foreign_keys = OFF`)',
      test: '60-database › every table is STRICT, and every connection enforces foreign keys'
    }
  ],
  'src/store/store.ts': [
    {
      name: 'a snapshot leaves a table out',
      text: 'createSnapshotStore(database, STATE.toReversed())',
      instead: "createSnapshotStore(database, STATE.toReversed().filter(table => table !== 'phones'))",
      test: '89-reset-and-snapshots › a snapshot keeps a state, and a restore returns to it'
    }
  ],
  'src/service/seeded-ids.ts': [
    {
      name: 'a transaction that is rolled back keeps its ids',
      text: 'const { seed: used, count } = store.next(seed)\n        let block = 0',
      instead:
        "const { seed: used } = store.next(seed)\n        const count = Number(Reflect.get(store, 'drawn') ?? 0) + 1\n        Reflect.set(store, 'drawn', count)\n        let block = 0",
      test: '99-seed › a transaction that is rolled back gives its ids back'
    }
  ],
  'src/service/state/fixtures.ts': [
    {
      name: 'a fixture that fails is loaded in part',
      text: 'state.merge(() => fixtures.forEach(save))\n',
      instead: 'fixtures.forEach((...one) => state.merge(() => save(...one)))\n',
      test: '65-fixtures › a load that fails in the middle is rolled back'
    }
  ],
  'src/service/state/replace-state.ts': [
    {
      name: 'memory keeps what was rolled back',
      text: 'reload(before)\n      throw error',
      instead: 'throw error',
      test: '65-fixtures › a load that fails in the middle is rolled back'
    },
    {
      name: 'a reset leaves the state of before',
      text: 'store.clear()\n',
      instead: '\n',
      test: '89-reset-and-snapshots › a reset restores the state that the emulator was started with'
    }
  ],
  'src/service/state/settings.ts': [
    {
      name: 'a fixture overrides the flags',
      text: '...store.settings.all(), ...start.settings, ...changed }',
      instead: '...start.settings, ...store.settings.all(), ...changed }',
      test: '89-reset-and-snapshots › settings can be changed at run time, and override flags and fixtures until a reset'
    }
  ],
  'src/service/sandboxes.ts': [
    {
      name: 'a sandbox that is only followed ends',
      text: 'if (entry.sandbox.feed.hasSubscribers()) entry.usedAt = time',
      instead: '',
      test: '85-sandboxes › a sandbox that is only followed does not end, until its last reader has left'
    },
    {
      name: 'a sandbox that is used ends',
      text: 'entry.usedAt = now()\n        return entry.sandbox',
      instead: 'return entry.sandbox',
      test: '85-sandboxes › an unused sandbox ends after its idle time, and a used one does not'
    },
    {
      name: 'a sandbox is the default one',
      text: 'entry.usedAt = now()\n        return entry.sandbox\n',
      instead: 'entry.usedAt = now()\n        return defaultSandbox\n',
      test: '85-sandboxes › sandboxes are isolated: a change in one has no effect in another'
    },
    {
      name: 'there may be any number of sandboxes',
      text: 'if (entries.size >= MAX_SANDBOXES) throw',
      instead: 'if (entries.size > MAX_SANDBOXES) throw',
      test: '85-sandboxes › at most a thousand sandboxes exist'
    },
    {
      name: 'a request waits for a sandbox that has ended',
      text: "sandbox.stop(new ControlError('sandbox_unknown'))",
      instead: 'sandbox.stop()',
      test: '85-sandboxes › a sandbox sends the webhooks of its calls, and ending it ends the waits in it'
    }
  ],
  'src/service/time/timekeeper.ts': [
    {
      name: 'the clock jumps over the steps on its way',
      text: 'clock.moveTo(Math.max(due, clock.now().getTime()))',
      instead: 'clock.moveTo(Math.max(target, clock.now().getTime()))',
      test: '86-clock-and-verification › the clock can be set forwards, with every due step, and backwards'
    },
    {
      name: 'an advance does not wait for deliveries',
      text: 'await changes.waitFor(() => dispatcher.isSettled(ticket) || undefined)',
      instead: 'dispatcher.isSettled(ticket)',
      test: '86-clock-and-verification › advancing waits for the deliveries of each step: a receiver can react before the next step'
    },
    {
      name: 'two advances move the clock at the same time',
      text: 'const whole = lastMove\n',
      instead: 'const whole = Promise.resolve()\n',
      test: '86-clock-and-verification › two concurrent advances are served one after the other'
    },
    {
      name: 'an advance goes on after a reset',
      text: "if (replacements !== before) throw new ControlError('state_replaced')",
      instead: '',
      test: '89-reset-and-snapshots › a reset ends an advance of the clock with state_replaced'
    }
  ]
}
