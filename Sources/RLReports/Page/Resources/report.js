'use strict';
(function () {
  const root = document.documentElement;
  const tip = document.getElementById('tip');
  let hair = null;
  let shownAt = 0;
  const find = (selector, from) => Array.from((from || document).querySelectorAll(selector));

  // What is shown.

  const theme = document.getElementById('theme');
  let kept = null;
  try { kept = localStorage.getItem('rlgym-theme'); } catch (e) { kept = null; }
  function setTheme(name) {
    if (name === 'light' || name === 'dark') root.dataset.theme = name;
    else delete root.dataset.theme;
  }
  if (kept === 'light' || kept === 'dark') { theme.value = kept; setTheme(kept); }
  theme.addEventListener('change', () => {
    setTheme(theme.value);
    try { localStorage.setItem('rlgym-theme', theme.value); } catch (e) { kept = null; }
  });

  function over(input) { if (input.checked) { root.dataset.over = input.value; hide(); } }
  find('input[name=over]').forEach(input => {
    input.addEventListener('change', () => over(input));
    over(input);
  });

  function bind(id, name) {
    const box = document.getElementById(id);
    if (!box) return;
    const update = () => {
      if (box.checked) root.dataset[name] = 'yes'; else delete root.dataset[name];
    };
    box.addEventListener('change', update);
    update();
  }
  bind('runs', 'runs');
  bind('differences', 'differences');

  const hidden = new Set();
  find('.key').forEach(key => key.addEventListener('click', () => {
    const series = key.dataset.toggle;
    if (hidden.has(series)) hidden.delete(series); else hidden.add(series);
    key.setAttribute('aria-pressed', String(!hidden.has(series)));
    find('[data-series="' + series + '"]').forEach(e => {
      e.classList.toggle('off', hidden.has(series));
    });
    hide();
  }));

  // Readings.

  function hide() {
    tip.hidden = true;
    if (hair) { hair.remove(); hair = null; }
  }
  function show(x, y) {
    tip.hidden = false;
    shownAt = Date.now();
    const box = tip.getBoundingClientRect();
    const left = x + 16 + box.width > innerWidth ? x - 16 - box.width : x + 16;
    const top = y + 16 + box.height > innerHeight ? y - 16 - box.height : y + 16;
    tip.style.left = Math.max(4, left) + 'px';
    tip.style.top = Math.max(4, top) + 'px';
  }
  function say(text, x, y) {
    if (hair) { hair.remove(); hair = null; }
    tip.textContent = text;
    show(x, y);
  }

  const svgName = 'http://www.w3.org/2000/svg';
  find('.plot').forEach(plot => {
    const svg = plot.querySelector('svg');
    const data = JSON.parse(plot.dataset.readings);
    const width = svg.viewBox.baseVal.width;
    let place = -1;

    function read(index, clientX, clientY) {
      const lines = data.lines.filter(l => !hidden.has(String(l.series)) ? l.texts[index] : false);
      if (!lines.length) { hide(); return; }
      place = index;
      lines.sort((a, b) => a.y[index] - b.y[index]);
      tip.textContent = '';
      const head = document.createElement('b');
      head.textContent = data.labels[index];
      tip.append(head);
      lines.forEach(line => {
        const row = document.createElement('div');
        const name = document.createElement('span');
        const spot = document.createElement('i');
        spot.style.background = 'var(--s' + line.series % seriesCount + ')';
        name.append(spot, line.name);
        const value = document.createElement('span');
        value.textContent = line.texts[index];
        row.append(name, value);
        tip.append(row);
      });
      if (hair) hair.remove();
      hair = document.createElementNS(svgName, 'g');
      const ruler = document.createElementNS(svgName, 'line');
      ruler.setAttribute('class', 'hair');
      ruler.setAttribute('x1', data.x[index]);
      ruler.setAttribute('x2', data.x[index]);
      ruler.setAttribute('y1', data.top);
      ruler.setAttribute('y2', data.bottom);
      hair.append(ruler);
      lines.forEach(line => {
        const dot = document.createElementNS(svgName, 'circle');
        dot.setAttribute('class', 'h-s' + line.series % seriesCount);
        dot.setAttribute('cx', data.x[index]);
        dot.setAttribute('cy', line.y[index]);
        dot.setAttribute('r', 4.5);
        hair.append(dot);
      });
      svg.append(hair);
      show(clientX, clientY);
    }

    function nearest(x) {
      let best = -1;
      let distance = Infinity;
      data.x.forEach((at, i) => {
        if (distance > Math.abs(at - x)) { distance = Math.abs(at - x); best = i; }
      });
      return best;
    }

    plot.addEventListener('pointermove', event => {
      const box = svg.getBoundingClientRect();
      const index = nearest((event.clientX - box.left) / box.width * width);
      if (index >= 0) read(index, event.clientX, event.clientY);
      const run = event.target.closest('[data-tip]');
      if (run) say(run.dataset.tip, event.clientX, event.clientY);
    });
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('keydown', event => {
      const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
      if (event.key === 'Escape') { hide(); return; }
      if (!(event.key in moves) || !data.x.length) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(data.x.length - 1, place + moves[event.key]));
      const box = svg.getBoundingClientRect();
      read(next, box.left + data.x[next] / width * box.width, box.top + box.height / 3);
    });
    plot.addEventListener('blur', hide);
  });

  find('.row').forEach(row => {
    row.addEventListener('pointermove', event => {
      const dot = event.target.closest('[data-tip]');
      say(dot ? dot.dataset.tip : row.getAttribute('aria-label'), event.clientX, event.clientY);
    });
    row.addEventListener('pointerleave', hide);
    row.addEventListener('focus', () => {
      if (!row.matches(':focus-visible')) return;
      const box = row.getBoundingClientRect();
      say(row.getAttribute('aria-label'), box.left + box.width / 2, box.bottom);
    });
    row.addEventListener('blur', hide);
  });
  // Moving the focus may scroll, which must not hide what the focus shows.
  document.addEventListener('scroll', () => {
    if (Date.now() - shownAt > 300) hide();
  }, { passive: true });

  // Closed parts are opened for printing, as paper cannot be clicked.
  let opened = [];
  addEventListener('beforeprint', () => {
    hide();
    opened = find('details:not([open])');
    opened.forEach(d => { d.open = true; });
  });
  addEventListener('afterprint', () => { opened.forEach(d => { d.open = false; }); });
})();
