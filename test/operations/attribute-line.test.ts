/** An attribute as it is typed: what is read is written back the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributeLine, readAttribute } from '../../src/operations/attributes/attribute-line.ts';

describe('an attribute as it is typed', () => {
  const read: [typed: string, name: string, value: unknown][] = [
    ['cost_centre=4711', 'cost_centre', '4711'],
    ['a = b = c ', 'a', 'b = c'],
    ['floors:=[“x”]', '', 'json'],
    ['floors:=["1","2"]', 'floors', ['1', '2']],
    ['count:=4711', 'count', 4711],
    ['on:=true', 'on', true],
    ['text:="{{ 7*7 }}"', 'text', '{{ 7*7 }}'],
    ['gone=', 'gone', null],
    ['gone=  ', 'gone', null],
    ['none', '', 'form'],
    ['=x', '', 'form'],
    ['object:={"$ne":null}', '', 'json'],
    ['null:=null', '', 'json'],
    ['mixed:=["a",1]', '', 'json'],
  ];
  for (const [typed, name, value] of read)
    it(`is read: ${typed}`, () =>
      assert.deepEqual(readAttribute(typed), name === '' ? { fault: value } : { name, value }));

  for (const value of ['plain', '', ' spaced ', '=cmd', 'a=b', 7, false, ['a', 'b'], []])
    it(`is written so that it is read as the same: ${JSON.stringify(value)}`, () =>
      assert.deepEqual(readAttribute(attributeLine('name', value)), { name: 'name', value }));
});
