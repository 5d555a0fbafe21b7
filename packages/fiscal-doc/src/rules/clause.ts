import { type CompositionList, compositionOf } from '../tags/composition.js';
import type { FfdVersion } from '../tags/definition.js';

/** Annex 2 to the order: the formats of documents. FFD 1.0 is described by the older order. */
export function annex(version: FfdVersion): string {
  return version === '1.0' ? 'ММВ-7-20/229@, прил. 2' : 'ЕД-7-20/662@, прил. 2';
}

/** The table that a list of requisites rests on; the annex where its number is not known. */
export function clauseOf(version: FfdVersion, list: CompositionList | undefined): string {
  return list === undefined || list.table === '' ? annex(version) : `${annex(version)}, табл. ${list.table}`;
}

/** The table of a place of a document. */
export function clauseAt(version: FfdVersion, documentCode: number, parent: number): string {
  return clauseOf(version, compositionOf(version, documentCode)?.get(parent));
}
