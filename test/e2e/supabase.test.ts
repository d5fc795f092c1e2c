import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { freshDatabase, testPool } from '../support/database.ts';
import { startPostgrestStandIn } from '../support/postgrest.ts';
import { startRealtimeEmulator } from '../support/realtime.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';
import { keyFor } from '../support/supabase-keys.ts';
import { aFolder, python, runAgent } from './agent-process.ts';

const redisServer = findRedisServer();

test.skipIf(python === null || redisServer === null)(
  'a competition is run to its end over a Supabase project, whose tables the command line made before',
  async () => {
    const project = await freshDatabase({ empty: true });
    const rest = await startPostgrestStandIn({ connectionString: project.adminConnectionString });
    onTestFinished(() => rest.close());
    const redis = await startRedis(redisServer ?? '');
    const env = {
      SUPABASE_URL: rest.url,
      SUPABASE_SERVICE_ROLE_KEY: keyFor('service_role'),
      REDIS_URL: redis.url,
      KAGGLE_AGENT_APPROACHES_PER_ROUND: '1',
    };
    const run = async () =>
      runAgent(['run', 'diabetes-progression', '--json', '--max-rounds', '1', '--data', await aFolder()], {
        env,
      });

    const early = await run();
    expect([early.code, early.stdout]).toEqual([
      3,
      expect.stringContaining('run kaggle-agent migrate once with DATABASE_URL set, or supabase db push'),
    ]);
    const migrated = await runAgent(['migrate'], { env: { DATABASE_URL: project.connectionString } });
    expect([migrated.code, migrated.stderr]).toEqual([0, '']);
    const realtime = await startRealtimeEmulator({
      connectionString: project.adminConnectionString,
      server: rest.server,
    });
    onTestFinished(() => realtime.close());
    const { code, stdout, stderr } = await run();

    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^(error|warn)/m)]);
    expect(z.object({ status: z.string() }).parse(JSON.parse(stdout)).status).toBe('completed');
    expect(realtime.keys.length).toBeGreaterThan(0);
    const { rows } = await testPool(project.connectionString, 1).query(
      `select c.state, (select count(*)::int from submissions s where s.competition_id = c.id and s.status = 'scored') as scored
       from competitions c where c.slug = 'diabetes-progression'`,
    );
    expect(rows).toEqual([{ state: 'completed', scored: 1 }]);
  },
);
