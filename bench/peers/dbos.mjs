// DBOS: a workflow of one step that counts in a table, on a PostgreSQL of its own.

import { DBOS } from '@dbos-inc/dbos-sdk'
import pg from 'pg'
import { measure } from './measure.mjs'

const [many, few, , url] = process.argv.slice(2)

const pool = new pg.Pool({ connectionString: url, max: 20 })
await pool.query('CREATE TABLE counters (key TEXT PRIMARY KEY, count INT NOT NULL)')
DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, runAdminServer: false, logLevel: 'error' })
const increment = DBOS.registerWorkflow((key) => DBOS.runStep(() => count(key), { name: 'count' }), {
  name: 'increment',
})
await DBOS.launch()
const figures = await measure(increment, { many: Number(many), few: Number(few) })
process.stdout.write(JSON.stringify(figures))
await DBOS.shutdown()
await pool.end()
process.exit(0)

async function count(key) {
  const sql = 'INSERT INTO counters VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET count = counters.count + 1'
  await pool.query(sql, [key])
}
