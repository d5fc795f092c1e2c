import { answerWords } from './answer-words.ts';
import { commandWords } from './command-words.ts';
import { discoveryAnswers } from './discovery-answers.ts';
import { doorWords } from './door-words.ts';

/** Everything that people get as an answer. */
export const answers = { ...commandWords, ...doorWords, ...answerWords, ...discoveryAnswers } as const;
