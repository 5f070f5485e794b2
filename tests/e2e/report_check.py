# SPDX-License-Identifier: MIT
"""The HTML report in headless Chromium: python report_check.py REPORT AXE_JS SCREENSHOT light|dark

Prints, as JSON, what a script inside the page found: what axe-core objects to, how many calls are
shown under some filters, what the Tab key reaches. The report itself has no such script; it is put
into a copy.
"""
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROBE = """
addEventListener('load', function () {
  var shown = function () { return document.querySelectorAll('.pair tr[data-who]:not([hidden])').length },
    el = function (id) { return document.getElementById(id) },
    set = function (id, value) { el(id).value = value; el(id).dispatchEvent(new Event('input', {bubbles: true})) },
    r = {all: shown()};
  set('f-text', 'putobject acme'); r.text = shown(); r.count = el('f-count').textContent;
  r.pairs = document.querySelectorAll('.pair:not([hidden])').length;
  set('f-text', ''); set('f-who', el('f-who').options[1].value); r.who = shown();
  set('f-who', ''); el('f-refused').click(); r.refused = shown(); el('f-refused').click(); r.again = shown();
  r.unreachable = Array.prototype.filter.call(document.querySelectorAll('pre,.scroll'), function (e) {
    return e.tabIndex !== 0 }).length;
  el('f-text').focus(); r.focus = document.activeElement.id;
  r.background = getComputedStyle(document.body).backgroundColor;
  r.requests = performance.getEntriesByType('resource').length;
  axe.run(document).then(function (found) {
    r.violations = found.violations.map(function (v) {
      return v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(function (n) { return n.html }).join(' ') });
    r.passes = found.passes.length;
    var pre = document.createElement('pre'); pre.id = 'result'; pre.textContent = JSON.stringify(r);
    document.body.appendChild(pre);
  });
});
"""


def chromium(profile, scheme, *args):
    return subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={profile}", "--window-size=1400,1800", "--hide-scrollbars",
         f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}", *args],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True, text=True).stdout


def main():
    report, axe, screenshot, scheme = sys.argv[1:]
    with tempfile.TemporaryDirectory() as tmp:
        page = Path(tmp, "page.html")
        text = Path(report).read_text(encoding="utf-8")
        scripts = f"<script>{Path(axe).read_text(encoding='utf-8')}</script><script>{PROBE}</script>"
        page.write_text(text.replace("</body>", scripts + "</body>"), encoding="utf-8")
        chromium(tmp + "/profile", scheme, f"--screenshot={screenshot}", Path(report).resolve().as_uri())
        dom = chromium(tmp + "/profile", scheme, "--virtual-time-budget=30000", "--dump-dom", page.as_uri())
    found = re.search(r'<pre id="result">(.*?)</pre>', dom, re.S)
    if not found:
        sys.exit("the page's script did not finish")
    print(json.dumps(json.loads(html.unescape(found.group(1))), indent=1))


main()
