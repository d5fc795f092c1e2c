import { z } from 'zod';
import { actionId, confirmDialog, plainText } from './text.ts';

/** Fields that several kinds of elements share. */
export const confirmable = { action_id: actionId, confirm: confirmDialog.exactOptional() };
export const focusable = { focus_on_load: z.boolean().exactOptional() };
export const placeholder = { placeholder: plainText(150).exactOptional() };
export const selectable = { ...confirmable, ...focusable, ...placeholder };
