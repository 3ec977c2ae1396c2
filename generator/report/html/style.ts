/** The page's style: light and dark by the reader's setting, one column on narrow screens, plain on paper. */
export const STYLE = `
:root{color-scheme:light dark;--page:#f4f6f8;--card:#fff;--ink:#15202b;--soft:#566372;--line:#dde3e9;--track:#e9edf1;
--c1:#2463c9;--c2:#0e8a7d;--c3:#a66300;--c4:#7a4fc4;--c5:#c13a6b;--c6:#5f7183;--c7:#3f8a2a;--c8:#9a5b2c;--on:#fff;
--good:#11703c;--good-bg:#e4f5ea;--bad:#b3261e;--bad-bg:#fdeceb;--open-bg:#eceff3;--shade:0 1px 2px rgba(20,32,44,.06),0 4px 16px rgba(20,32,44,.05)}
@media (prefers-color-scheme:dark){:root{--page:#10161d;--card:#19212a;--ink:#e8edf2;--soft:#9dabb9;--line:#2b3642;--track:#26313c;
--c1:#6ea3ff;--c2:#3fc4b4;--c3:#eda93a;--c4:#b295f5;--c5:#f07fa8;--c6:#93a5b7;--c7:#7cc662;--c8:#d69a6b;--on:#0d131a;
--good:#6fd79a;--good-bg:#12301f;--bad:#ff9a92;--bad-bg:#3a1917;--open-bg:#222c36;--shade:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:30px;line-height:1.2;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;line-height:1.3;margin:0 0 4px}
h3{font-size:14px;margin:20px 0 6px;color:var(--soft);font-weight:600}
p{margin:0 0 10px;max-width:76ch}
.lead{color:var(--soft);margin:6px 0 0}
.note{color:var(--soft);font-size:13.5px}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin-top:18px;box-shadow:var(--shade)}
.verdict{display:flex;gap:16px;align-items:flex-start;border-radius:12px;padding:16px 20px;margin-top:18px;border:1px solid transparent}
.verdict svg{flex:none;width:36px;height:36px;margin-top:2px}
.verdict strong{font-size:20px;line-height:1.3;display:block}
.verdict p{margin:2px 0 0}
.right{background:var(--good-bg);border-color:color-mix(in srgb,var(--good) 30%,transparent)}.right strong,.right svg{color:var(--good)}
.wrong{background:var(--bad-bg);border-color:color-mix(in srgb,var(--bad) 35%,transparent)}.wrong strong,.wrong svg{color:var(--bad)}
.open{background:var(--open-bg);border-color:var(--line)}.open strong,.open svg{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:12px;margin:18px 0 0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:12px 16px;box-shadow:var(--shade)}
.tile dt{font-size:13px;color:var(--soft)}
.tile dd{margin:0;font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tile dd small{display:block;font-size:13px;font-weight:400;color:var(--soft);letter-spacing:0;line-height:1.4}
.tile .none{font-size:17px;font-weight:500;color:var(--soft)}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 36px}
.bars{margin:14px 0 10px}
.bar{display:grid;grid-template:"l t o"/168px 1fr 232px;gap:0 14px;align-items:center;margin-top:10px}
.bar b{grid-area:l;font-weight:600}
.bar .track{grid-area:t}
.bar .of{grid-area:o;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.track{position:relative;height:18px;background:var(--track);border-radius:4px}
.fill{height:100%;min-width:2px;border-radius:4px;background:var(--c1)}
.over .fill{background:var(--bad)}
.tick{position:absolute;top:-4px;bottom:-4px;width:2px;background:var(--ink)}
.stack{display:flex;height:30px;border-radius:6px;overflow:hidden;background:var(--track);margin:12px 0 10px}
.stack i{display:block;height:100%;min-width:1px;border-right:1px solid var(--card)}
.stack i:last-child{border-right:0}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 8px;padding:0;list-style:none;font-size:14px}
.legend b{font-variant-numeric:tabular-nums}
.key{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px}
.k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}.k4{background:var(--c4)}.k5{background:var(--c5)}.k6{background:var(--c6)}.k7{background:var(--c7)}.k8{background:var(--c8)}
.k1l{background:color-mix(in srgb,var(--c1) 45%,var(--card))}.k0{background:color-mix(in srgb,var(--c6) 45%,var(--card))}
.map{position:relative;height:300px;margin:14px 0 6px}
.map div{position:absolute;overflow:hidden;border:1px solid var(--card);border-radius:4px;color:var(--on);font-size:13px;line-height:1.25;padding:6px 8px}
.map span{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.map .small{padding:2px 4px;font-size:11px}
.map .bare{padding:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{font-weight:600;color:var(--soft);font-size:13px;text-align:left;vertical-align:bottom}
td,th{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap}
td.n:last-child,th.n:last-child{padding-right:0}
.sub td:first-child{padding-left:22px}
.chart{display:block;width:100%}
.axis{display:flex;justify-content:space-between;font-size:12.5px;color:var(--soft);font-variant-numeric:tabular-nums;margin-top:2px}
.row{display:grid;grid-template-columns:168px 1fr;gap:0 14px;align-items:center;margin-top:8px}
.row .what{font-size:14px;line-height:1.3}
.row .what small{display:block;color:var(--soft);font-size:12.5px}
.row svg{height:46px;background:var(--track);border-radius:4px}
.a1{fill:var(--c1)}.a2{fill:var(--c2)}.a3{fill:var(--c3)}.a4{fill:var(--c4)}.a6{fill:var(--c6)}
.range{position:relative;height:52px;margin:16px 0 4px}
.range .line{position:absolute;left:0;right:0;top:14px;height:8px;border-radius:4px;background:var(--track)}
.range .span{position:absolute;top:14px;height:8px;border-radius:4px;background:color-mix(in srgb,var(--c4) 55%,var(--card))}
.range .dot{position:absolute;top:10px;width:16px;height:16px;margin-left:-8px;border-radius:50%;background:var(--c4);border:3px solid var(--card)}
.range .tag{position:absolute;top:29px;font-size:12.5px;color:var(--soft);transform:translateX(-50%);white-space:nowrap}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 36px}
.facts dl{display:grid;grid-template-columns:minmax(110px,auto) 1fr;gap:4px 14px;margin:0;font-size:14px;align-content:start}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
.notrun{color:var(--soft);border:1px dashed var(--line);border-radius:8px;padding:14px 16px;margin:12px 0 0;max-width:none}
.picture text{font-family:inherit;fill:var(--ink)}
.picture .t{font-size:15.5px;font-weight:650}.picture .d{font-size:14px;fill:var(--soft)}.picture .w{font-size:14px;fill:var(--ink)}
.picture .box{fill:var(--card);stroke:var(--line);stroke-width:1.3}
.picture .edge{stroke:var(--soft);stroke-width:1.6;fill:none}.picture .head{fill:var(--soft)}
.picture .dash{stroke-dasharray:4 4}
.picture .cell{fill:color-mix(in srgb,var(--c1) 30%,var(--card));stroke:var(--c1);stroke-width:1}
.picture .s1{fill:var(--c1)}.picture .s2{fill:var(--c2)}.picture .s3{fill:var(--c3)}.picture .s4{fill:var(--c4)}.picture .s6{fill:var(--c6)}
.picture .part{fill:none;stroke:var(--c1);stroke-width:1.4}
.wide{display:block}.tall{display:none}
ul.warn{margin:12px 0 0;padding-left:20px;color:var(--bad)}
footer{color:var(--soft);font-size:13px;margin-top:24px}
@media (max-width:1000px){.tiles{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}}
@media (max-width:720px){main{padding:18px 12px 32px}h1{font-size:24px}.card{padding:16px 14px}.two{grid-template-columns:1fr}
.bar{grid-template:"l o" auto "t t" auto/auto 1fr;gap:3px 10px}.map{height:360px}.roomy{display:none}
.row{grid-template-columns:1fr}.row .what small{display:inline}.wide{display:none}.tall{display:block}.tiles{grid-template-columns:1fr 1fr}.tile dd{font-size:20px}.verdict{padding:14px}.facts{grid-template-columns:1fr}}
@media print{:root{color-scheme:light;--page:#fff;--shade:none}body{font-size:12px}main{max-width:none;padding:0}
.card,.tile,.verdict{break-inside:avoid;box-shadow:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`.trim();
