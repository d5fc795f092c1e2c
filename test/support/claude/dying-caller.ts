/**
 * A process that asks Claude one thing and pays from the real ledger, put together as the agent does it. Arguments:
 * the database, the address of the API and its key, the name of the answer. It prints the answer, if it lives to see it.
 */
import pg from 'pg';
import { openModels } from '../../../src/app/models.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { createPgPort } from '../../../src/state/pg-port.ts';
import { silentLog } from '../silent-log.ts';
import { loadTestConfig } from '../test-config.ts';

const [connectionString = '', url = '', apiKey = '', key = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 2 });
const models = await openModels({
  config: loadTestConfig({ ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: url }),
  state: createPgPort(pool),
  semaphore: createLocalSemaphore(5),
  metrics: createMetrics({ version: '1.0.0', roles: ['worker'] }),
  log: silentLog,
});
const answer = await models?.claude.write(
  {
    purpose: { step: 'plan', competitionId: null, approachId: null, key },
    role: 'strong',
    system: [{ text: 'You are a careful data scientist.', cacheUpToHere: true }],
    messages: [{ role: 'user', text: 'Name one model for tabular data.' }],
    maxTokens: 2_000,
  },
  { signal: new AbortController().signal },
);
process.stdout.write(JSON.stringify(answer));
await pool.end();
