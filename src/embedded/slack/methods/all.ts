import type { MethodTable } from '../method.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { markMethods } from './marks.ts';
import { scheduleMethods } from './schedule.ts';
import { viewMethods } from './views.ts';
import { workspaceMethods } from './workspace.ts';

/** Every method of the Web API that there is here. */
export const allMethods: MethodTable = {
  ...workspaceMethods,
  ...chatMethods,
  ...scheduleMethods,
  ...viewMethods,
  ...conversationMethods,
  ...fileMethods,
  ...markMethods,
};
