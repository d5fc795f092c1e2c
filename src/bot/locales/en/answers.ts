import { answerWords } from './answer-words.ts';
import { commandWords } from './command-words.ts';
import { doorWords } from './door-words.ts';

/** Everything that people get as an answer. */
export const answers = { ...commandWords, ...doorWords, ...answerWords } as const;
