// The single keys of the dashboard, filters that apply themselves, and the clock. It only presses links and buttons
// that are on the page anyway: without it everything works, one click further away.
(function () {
  'use strict';
  var root = document.documentElement;
  var waiting = null;
  var row = -1;

  function press(selector) {
    var found = document.querySelector(selector);
    if (found) { found.click(); return true; }
    return false;
  }
  function rows() { return Array.prototype.slice.call(document.querySelectorAll('main table.data tbody tr')).filter(function (tr) { return tr.querySelector('a.hit'); }); }
  function inRow(selector) {
    var list = rows();
    return row >= 0 && list[row] ? list[row].querySelector(selector) : null;
  }
  function move(step) {
    var list = rows();
    if (!list.length) { return; }
    if (list[row]) { list[row].removeAttribute('data-at'); }
    row = Math.max(0, Math.min(list.length - 1, row + step));
    list[row].setAttribute('data-at', '');
    list[row].querySelector('a.hit').focus();
  }
  function pressInRowOrPage(name) {
    var found = inRow('[data-key="' + name + '"]') || document.querySelector('main [data-key="' + name + '"]');
    if (found) { found.click(); }
  }
  var places = { o: 'overview', u: 'customers', c: 'connections', r: 'credits', s: 'systems' };

  // A button that copies is there only where it works.
  document.querySelectorAll('[data-copy]').forEach(function (button) {
    var field = document.getElementById(button.getAttribute('data-copy'));
    if (!field) { return; }
    button.hidden = false;
    button.addEventListener('click', function () {
      field.select();
      var said = document.getElementById('said');
      var tell = function () { if (said) { said.textContent = 'Link copied.'; } button.lastChild.textContent = 'Copied'; };
      if (navigator.clipboard) { navigator.clipboard.writeText(field.value).then(tell); }
      else if (document.execCommand('copy')) { tell(); }
    });
  });

  document.addEventListener('keydown', function (event) {
    if (root.hasAttribute('data-keys-off') || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var at = event.target;
    if (at.closest && at.closest('input:not([type=checkbox]), select, textarea, [contenteditable]')) { return; }
    if (waiting) {
      clearTimeout(waiting);
      waiting = null;
      if (places[event.key] && press('[data-nav="' + places[event.key] + '"]')) { event.preventDefault(); }
      return;
    }
    switch (event.key) {
      case '/': { var search = document.querySelector('main input[type=search]'); if (search) { search.focus(); search.select(); event.preventDefault(); } break; }
      case 'g': waiting = setTimeout(function () { waiting = null; }, 1500); break;
      case 'j': move(1); break;
      case 'k': move(-1); break;
      case 'x': { var tick = inRow('input[type=checkbox]'); if (tick) { tick.click(); } break; }
      case 'c': pressInRowOrPage('check'); break;
      case 'l': pressInRowOrPage('link'); break;
      case '.': press('main [data-key="pause"]'); break;
      case '?': press('[data-key="help"]'); break;
      default: return;
    }
  });

  // A filter applies itself when it is changed; the button stays for those who prefer it.
  document.addEventListener('change', function (event) {
    var field = event.target;
    if (field.matches && field.matches('select') && field.form && field.form.matches('[data-auto]')) { field.form.requestSubmit(); }
  });

  // What is to be copied stands on the page as text; the button only saves the selecting.
  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-copy]');
    if (!button || !navigator.clipboard) { return; }
    var from = document.getElementById(button.getAttribute('data-copy'));
    if (!from) { return; }
    navigator.clipboard.writeText(from.value !== undefined ? from.value : from.textContent).then(function () {
      var said = document.getElementById('said');
      if (said) { said.textContent = 'Copied.'; }
      button.setAttribute('data-done', '');
    });
  });

  // On a narrow screen the places of a page scroll sideways; the current one is in sight.
  document.querySelectorAll('.views [aria-current]').forEach(function (place) {
    var list = place.closest('.views');
    if (list.scrollWidth > list.clientWidth) { list.scrollLeft = place.offsetLeft - list.offsetLeft - 16; }
  });

  // A page that could not be refreshed says so until it could.
  function lost(is) { return function () { var note = document.getElementById('lost'); if (note) { note.hidden = !is; } }; }
  ['htmx:sendError', 'htmx:timeout', 'htmx:responseError'].forEach(function (name) { document.addEventListener(name, lost(true)); });
  document.addEventListener('htmx:beforeOnLoad', function (event) { if (event.detail.xhr.status < 400) { lost(false)(); } });

  // What was ticked stays ticked when the rows are painted anew.
  var ticked = [];
  document.addEventListener('htmx:beforeSwap', function () {
    ticked = Array.prototype.map.call(document.querySelectorAll('#live tbody input:checked'), function (tick) { return tick.value; });
  });
  document.addEventListener('htmx:afterSwap', function () {
    document.querySelectorAll('#live tbody input[type=checkbox]').forEach(function (tick) { if (ticked.indexOf(tick.value) >= 0) { tick.checked = true; } });
  });

  // "Nothing changed" repaints nothing, so the clock is told by a header.
  document.addEventListener('htmx:afterRequest', function (event) {
    var xhr = event.detail && event.detail.xhr;
    var clock = document.querySelector('[data-clock]');
    var now = xhr && xhr.getResponseHeader('Junctionbox-Clock');
    if (clock && now) { clock.textContent = now; }
  });
})();
