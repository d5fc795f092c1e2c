import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  aJobServer,
  aServer,
  runScript,
  sha256Of,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();

test.skipIf(python === '')(
  'what a machine has had before is fetched once, and anew where it has changed',
  async () => {
    const body = Buffer.alloc(100_000, 'data,');
    let fetched = 0;
    const url = await aServer((_, response) => {
      fetched += 1;
      response.end(body);
    });
    const data = [{ name: 'big.csv', url, sha256: sha256Of(body), sizeBytes: body.length }];
    const kept = join(await tempFolder(), 'kept');
    const script = `${writeSubmission}
DATA = sys.argv[sys.argv.index("--data") + 1]
print("size", os.path.getsize(os.path.join(DATA, "big.csv")))
`;
    const run = async () => {
      const server = await aJobServer();
      await runScript(python, server, script, { data }, { args: ['--kept', kept, '--plain'] });
      expect(await server.result()).toMatchObject({
        exitClass: 'ok',
        logTail: expect.stringContaining('size 100000'),
      });
    };

    await run();
    await run();
    expect(fetched).toBe(1);
    // The bundle too.
    expect(await readdir(kept)).toHaveLength(2);

    await writeFile(join(kept, sha256Of(body)), 'something else');
    await run();
    expect(fetched).toBe(2);
  },
);
