import type { StartSpec } from './contract.ts';

/** Where an image of our own has the runner. */
export const runnerInImage = '/opt/kaggle-agent/runner';

/** Vendors take environment values of at most so many characters. Source: api-specs/salad-cloud.yaml */
export const mostValueCharacters = 1_000;
const mostParts = 9;

/**
 * Fetches the runner, unpacks it, and becomes its `stay.py`, which does the rest. Some vendors take at most 1,000
 * characters here, so it is no longer than it has to be. It prints no URL.
 */
const bootScript = `
import os,sys,time,shutil,tempfile,zipfile
from urllib.request import urlopen
url="".join(os.environ.get("KA_RUNNER_URL"+end,"") for end in ["",*("_%d"%n for n in range(2,10))])
place=tempfile.mkdtemp() if url else "${runnerInImage}"
for wait in (2,5,15,30,60,0) if url else ():
    try:
        file=os.path.join(place,"runner.archive")
        with urlopen(url,timeout=60) as answer,open(file,"wb") as target: shutil.copyfileobj(answer,target)
        shutil.unpack_archive(file,place,"zip" if zipfile.is_zipfile(file) else "gztar")
        break
    except Exception as error:
        print("[boot] The runner could not be fetched:",type(error).__name__,flush=True)
        time.sleep(wait)
os.execv(sys.executable,[sys.executable,os.path.join(place,"stay.py")])
`.trim();

/** The command line of a rented container: replaces what its image would start. Needs `python3` on its PATH. */
export function bootCommand(): string[] {
  return ['python3', '-c', bootScript];
}

/**
 * What the command line reads. Long URLs are cut into parts (`KA_SHEET_URL`, `KA_SHEET_URL_2`, …): a signed URL with
 * a session token is longer than a value may be.
 * @returns null where a URL is too long even so
 */
export function bootVariables(
  spec: Pick<StartSpec, 'jobSheetUrl' | 'runnerUrl' | 'resultUrl' | 'maxLifeSeconds'>,
  now: Date,
): Record<string, string> | null {
  const urls = {
    KA_SHEET_URL: spec.jobSheetUrl,
    KA_RUNNER_URL: spec.runnerUrl ?? '',
    KA_RESULT_URL: spec.resultUrl ?? '',
  };
  if (Object.values(urls).some((url) => url.length > mostParts * mostValueCharacters)) return null;
  const parts = Object.entries(urls).flatMap(([name, url]) => partsOf(name, url));
  const until = Math.ceil(now.getTime() / 1_000 + spec.maxLifeSeconds);
  return { ...Object.fromEntries(parts), KA_UNTIL: String(until) };
}

function partsOf(name: string, value: string): [name: string, value: string][] {
  const count = Math.ceil(value.length / mostValueCharacters);
  return Array.from({ length: count }, (_, index) => [
    index === 0 ? name : `${name}_${index + 1}`,
    value.slice(index * mostValueCharacters, (index + 1) * mostValueCharacters),
  ]);
}
