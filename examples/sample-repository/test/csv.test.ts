import { describe, expect, it } from 'vitest'
import { formatCsv, parseCsv, parseRecords } from '../src/csv.js'

describe('csv', () => {
  it('reads quoted fields with separators and quotes in them', () => {
    expect(parseCsv('name,note\npear,"ripe, ""sweet"""\n')).toEqual([
      ['name', 'note'],
      ['pear', 'ripe, "sweet"'],
    ])
  })

  it('names the fields by the first row', () => {
    expect(parseRecords('sku,price\nA1,250\n')).toEqual([{ sku: 'A1', price: '250' }])
  })

  it('reads back what it wrote', () => {
    const rows = [['a', 'b c', 'd,e']]
    expect(parseCsv(formatCsv(rows))).toEqual(rows)
  })
})
