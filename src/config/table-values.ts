import type { Setting } from './setting.ts';
import type { settingsTable } from './settings-table.ts';

type Table = typeof settingsTable;
type Values<Group> = { [Key in keyof Group]: Group[Key] extends Setting<infer Value> ? Value : never };

/** The values of all settings, by group and key of the table. */
export type TableValues = { [Group in keyof Table]: Values<Table[Group]> };
