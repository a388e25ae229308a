package report

import "github.com/seatwright/clay-operator/internal/report/markup"

// style is that of the page: light, for a screen and for A4 or Letter. The colours stay apart for those who do not tell red from green, and
// what is printed without colours is told apart by hatching and by the tables beside the charts.
const style markup.Style = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
html { background: #eef0f3; }
body { margin: 0 auto; max-width: 66rem; padding: 2rem 2.5rem 3rem; background: #fff; color: #1d2430;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; }
h2 { margin: 2.4rem 0 .3rem; padding-top: 1rem; border-top: 1px solid #d6dbe2; font-size: 1.2rem; break-after: avoid; }
h3 { margin: 1.6rem 0 .2rem; font-size: 1rem; break-after: avoid; }
p { margin: .3rem 0 .8rem; max-width: 46rem; }
.quiet { color: #556070; }
h3 + p { break-after: avoid; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .7rem; margin: 1.4rem 0 0; }
.figures div { padding: .6rem .8rem; border: 1px solid #d6dbe2; border-radius: .4rem; break-inside: avoid; }
.figures dt { color: #556070; font-size: .85rem; line-height: 1.3; }
.figures dd { margin: .15rem 0 0; font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures .amount dd { font-size: 1.1rem; }
.figures dd.note { font-size: .8rem; font-weight: 400; color: #556070; line-height: 1.3; }
figure { margin: .8rem 0 1.2rem; break-inside: avoid; }
figcaption { margin: 0 0 .3rem; font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .2rem 0 .4rem; padding: 0; list-style: none; font-size: .85rem; }
.legend svg { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.08rem; }
.scroll { overflow-x: auto; }
table { width: 100%; margin: .4rem 0 1rem; border-collapse: collapse; font-size: .87rem; }
table.short { break-inside: avoid; }
caption { break-after: avoid; padding: 0 0 .3rem; text-align: left; color: #556070; }
thead { display: table-header-group; }
th { padding: .3rem .6rem .3rem 0; border-bottom: 2px solid #aab3bf; text-align: left; vertical-align: bottom; font-weight: 600; }
td { padding: .28rem .6rem .28rem 0; border-bottom: 1px solid #e3e7ec; vertical-align: top; overflow-wrap: break-word; }
td:first-child, td:nth-child(2) { overflow-wrap: anywhere; min-width: 5.5rem; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
th.number:last-child, td.number:last-child, th:last-child, td:last-child { padding-right: 0; }
tr.sum td { border-top: 2px solid #aab3bf; font-weight: 600; }
tr { break-inside: avoid; }
ul.notes { margin: .4rem 0 1rem; padding-left: 1.2rem; }
ul.notes li { margin: .15rem 0; overflow-wrap: anywhere; }
.formulae dt { font-weight: 600; }
.formulae dd { margin: 0 0 .4rem; }
.label { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1d2430; }
.scale { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #556070; }
@media (max-width: 40rem) { body { padding: 1rem; } }
@page { margin: 14mm 13mm; }
@media print {
  html { background: #fff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2 { margin-top: 1.4rem; }
  .figures { grid-template-columns: repeat(4, 1fr); gap: .5rem; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; }
}
`
