import { competitionMoves, type Move } from '../src/domain/competition-machine.ts';

/** Moves that migrations brought after the first table, each its own: `state event`. */
const laterMoves: ReadonlySet<string> = new Set([
  'training_completed submission_deferred',
  'training_completed training_failed',
  'submitted training_failed',
]);

/**
 * Prints the migration that fills `competition_moves` from the table in TypeScript, which is its definition:
 * `node script/generate-moves.ts > supabase/migrations/0004_competition_moves.sql`.
 * Once that migration is applied anywhere, a change of the table needs a new migration of its own, and a name in
 * `laterMoves`.
 */
export function movesMigration(moves: readonly Move[]): string {
  const first = moves.filter(({ from, event }) => !laterMoves.has(`${from} ${event}`));
  const rows = first.sort(byFromAndEvent).map((move) => `  (${valuesOf(move).join(', ')})`);
  return [
    '-- Printed by script/generate-moves.ts from src/domain/competition-machine.ts; not to be edited by hand.',
    'insert into competition_moves (from_state, event, to_state, remember, starts_round) values',
    `${rows.join(',\n')};`,
    '',
  ].join('\n');
}

function byFromAndEvent(a: Move, b: Move): number {
  const [left, right] = [`${a.from} ${a.event}`, `${b.from} ${b.event}`];
  return left < right ? -1 : 1;
}

function valuesOf(move: Move): string[] {
  const remember = move.remember === null ? 'null' : `'${move.remember}'`;
  return [`'${move.from}'`, `'${move.event}'`, `'${move.to}'`, remember, String(move.startsRound)];
}

if (import.meta.main) process.stdout.write(movesMigration(competitionMoves));
