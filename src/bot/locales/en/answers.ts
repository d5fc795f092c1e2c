import { answerWords } from './answer-words.ts';
import { commandWords } from './command-words.ts';
import { discoveryAnswers } from './discovery-answers.ts';
import { doorWords } from './door-words.ts';
import { gpuAnswers } from './gpu-words.ts';
import { lessonAnswers } from './lesson-words.ts';
import { searchAnswers } from './search-answers.ts';
import { trainingAnswers } from './training-answers.ts';

/** Everything that people get as an answer. */
export const answers = {
  ...commandWords,
  ...doorWords,
  ...answerWords,
  ...discoveryAnswers,
  ...searchAnswers,
  ...trainingAnswers,
  ...lessonAnswers,
  ...gpuAnswers,
} as const;
