import { onTestFinished, test } from 'vitest';
import { createSupabasePort } from '../../src/state/supabase-port.ts';
import { freshState } from '../support/database.ts';
import { startPostgrestStandIn } from '../support/postgrest.ts';
import { findPostgrest, startRealPostgrest, untilPublished } from '../support/real-postgrest.ts';
import { keyFor } from '../support/supabase-keys.ts';
import { statePortContract } from './state-port-contract.ts';

const postgrest = findPostgrest();
const secretKey = (value: string) => ({ reveal: () => value });

statePortContract('pg', async () => {
  const database = await freshState();
  return { ...database, published: async () => undefined };
});

statePortContract('supabase-js over the stand-in', async () => {
  const { pool, adminConnectionString } = await freshState();
  const server = await startPostgrestStandIn({ connectionString: adminConnectionString });
  onTestFinished(() => server.close());
  const state = createSupabasePort({ url: server.url, key: secretKey('sb_secret_of_the_tests') });
  return { state, pool, adminConnectionString, published: async () => undefined };
});

if (postgrest === null) {
  test.skip('supabase-js over PostgREST itself: there is none on this machine (set POSTGREST_BIN)');
} else {
  statePortContract('supabase-js over PostgREST itself', async () => {
    const { pool, adminConnectionString } = await freshState();
    const url = await startRealPostgrest(postgrest, adminConnectionString);
    const state = createSupabasePort({ url, key: secretKey(keyFor('service_role')) });
    return {
      state,
      pool,
      adminConnectionString,
      async published(name) {
        await pool.query(`notify pgrst, 'reload schema'`);
        await untilPublished(url, name);
      },
    };
  });
}
