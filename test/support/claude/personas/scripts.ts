import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Hook = 'imports' | 'start' | 'columns' | 'fold' | 'predicted' | 'end';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'python', name), 'utf8');

/** A sound script that needs nothing but Python, with lines put into it at its marks. */
export function countingScript(title: string, lines: Partial<Record<Hook, string>> = {}): string {
  let script = read('counting.py').replace('{{title}}', title);
  for (const [hook, line] of Object.entries(lines)) {
    script = script.replace(new RegExp(`^([ ]*)# \\{\\{${hook}\\}\\}$`, 'm'), (_, indent: string) =>
      line
        .split('\n')
        .map((one) => `${indent}${one}`)
        .join('\n'),
    );
  }
  return script;
}

/** A sound script that uses scikit-learn. */
export function pipelineScript(title: string): string {
  return read('pipeline.py').replace('{{title}}', title);
}

const ticks = '```';

/** An answer as the prompt wants it. */
export function asAnswer(script: string, requirements = 'pandas>=1.5\n', words = 'It counts.'): string {
  return `${words}\n\n${ticks}python train.py\n${script}${ticks}\n\n${ticks}text requirements.txt\n${requirements}${ticks}\n`;
}

/** An answer that changes exact lines. */
export function asEdit(search: string, replace: string, words = 'One change.'): string {
  return `${words}\n\n${ticks}edit train.py\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n${ticks}\n`;
}
