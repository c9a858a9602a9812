"use strict";
(() => {
	const all = selector => [...document.querySelectorAll(selector)];
	const packages = JSON.parse(document.getElementById("packages-data").textContent);
	const byName = new Map(packages.map(p => [p.name, p]));

	// Maps: packages or directories.
	for (const button of all("[data-map]")) {
		button.addEventListener("click", () => {
			for (const other of all("[data-map]")) other.setAttribute("aria-pressed", other === button);
			for (const map of all(".map")) map.hidden = (map.dataset.kind || map.id) !== button.dataset.map;
		});
	}
	// Text that does not fit into a tile goes: first its size, then its name.
	const fit = () => {
		for (const tile of all(".map:not([hidden]) > *")) {
			const box = tile.firstElementChild, [name, size] = box.children;
			const isCut = text => text.scrollWidth > text.clientWidth;
			tile.classList.remove("flat", "tiny");
			if (box.scrollHeight > box.clientHeight || isCut(name) || isCut(size)) tile.classList.add("flat");
			if (box.clientHeight < 20 || name.clientWidth < (isCut(name) ? 40 : 16)) tile.classList.add("tiny");
		}
	};
	for (const button of all("[data-map]")) button.addEventListener("click", fit);

	// A package between what needs it and what it needs.
	const panel = document.getElementById("panel");
	const element = (name, text, className) => {
		const e = document.createElement(name);
		if (text) e.textContent = text;
		if (className) e.className = className;
		return e;
	};
	const chips = (title, names) => {
		const box = element("div");
		box.append(element("h4", title));
		const list = element("ul");
		for (const name of names || []) {
			const chip = element("button", name, "chip");
			chip.type = "button";
			chip.addEventListener("click", () => show(name));
			const item = element("li");
			item.append(chip);
			list.append(item);
		}
		if (!list.children.length) box.append(element("span", "nothing", "none"));
		box.append(list);
		return box;
	};
	// The shortest way from what world asks for to a package.
	const wayTo = name => {
		const before = new Map(packages.filter(p => p.wanted).map(p => [p.name, null]));
		for (const at of before.keys()) {
			if (at === name) break;
			for (const need of byName.get(at)?.needs || []) if (!before.has(need)) before.set(need, at);
		}
		const way = [];
		for (let at = before.has(name) ? name : null; at !== null; at = before.get(at)) way.unshift(at);
		return way;
	};
	let chosen = null;
	const show = (name, note) => {
		const p = byName.get(name);
		if (!p) return;
		chosen = p;
		const head = element("h3", p.name + " ");
		head.append(element("small", p.version));
		const facts = element("p", [p.compressed ? `${p.size}, ${p.compressed} as a package` : p.size, p.license, "layer " + p.layer].filter(Boolean).join(" · "));
		if (p.website) {
			const link = element("a", p.website.replace(/^https?:\/\//, "").replace(/\/$/, ""));
			link.href = p.website;
			link.rel = "noopener noreferrer";
			facts.append(" · ", link);
		}
		const way = wayTo(name);
		const why = element("p", "", "way");
		if (way.length) ["world", ...way].forEach((step, i) => why.append(...(i ? [" → "] : []), i === way.length ? element("b", step) : step));
		else if (p.installIf) why.append("comes by itself with " + p.installIf.join(" "));
		const trio = element("div", "", "trio");
		trio.append(chips("is needed by", p.neededBy), chips("needs", p.needs));
		panel.replaceChildren(...(note ? [element("p", note, "note")] : []), head, ...(p.description ? [element("p", p.description)] : []), facts, ...(why.childNodes.length ? [why] : []), trio);
		panel.hidden = false;
		for (const link of all("a[data-name]")) {
			const other = link.dataset.name;
			if (other === name) link.setAttribute("aria-current", "true");
			else link.removeAttribute("aria-current");
			link.classList.toggle("needed", Boolean(p.needs?.includes(other)));
			link.classList.toggle("needing", Boolean(p.neededBy?.includes(other)));
		}
		choose();
		draw();
	};

	// Lines between a package and its neighbours.
	const bands = document.getElementById("bands");
	const svg = name => document.createElementNS("http://www.w3.org/2000/svg", name);
	const lines = svg("svg");
	lines.setAttribute("aria-hidden", "true");
	bands?.prepend(lines);
	const nodes = new Map([...bands?.querySelectorAll("a") || []].map(a => [a.dataset.name, a]));
	// Among hundreds of packages, those that have to do with the chosen one are too far apart to be seen at once.
	const maxSpread = 100;
	let isNear = nodes.size > maxSpread;
	const choose = () => {
		const near = new Set([chosen?.name, ...chosen?.needs || [], ...chosen?.neededBy || [], ...wayTo(chosen?.name)]);
		for (const [name, node] of nodes) node.parentElement.hidden = isNear && !near.has(name);
		for (const band of bands?.querySelectorAll("ul") || []) band.hidden = ![...band.children].some(item => !item.hidden);
		for (const button of all("[data-scope]")) button.setAttribute("aria-pressed", (button.dataset.scope === "near") === isNear);
	};
	for (const button of all("[data-scope]")) {
		button.addEventListener("click", () => {
			isNear = button.dataset.scope === "near";
			choose();
			draw();
		});
	}
	const draw = () => {
		lines.replaceChildren();
		const self = nodes.get(chosen?.name);
		if (!self) return;
		const all = bands.getBoundingClientRect();
		const line = (upper, lower, kind) => {
			if (!upper || !lower) return;
			const a = upper.getBoundingClientRect(), b = lower.getBoundingClientRect();
			const x1 = a.left + a.width / 2 - all.left, y1 = a.bottom - all.top, x2 = b.left + b.width / 2 - all.left, y2 = b.top - all.top;
			const bend = Math.max((y2 - y1) / 2, 12);
			const path = svg("path");
			path.setAttribute("d", `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
			path.setAttribute("class", kind);
			lines.append(path);
		};
		for (const name of chosen.needs || []) line(self, nodes.get(name), "needed");
		for (const name of chosen.neededBy || []) line(nodes.get(name), self, "needing");
	};

	for (const link of all("a[data-name]")) {
		link.addEventListener("click", event => {
			event.preventDefault();
			show(link.dataset.name);
			if (!link.closest("#needs")) document.getElementById("needs").scrollIntoView({block: "nearest"});
		});
	}
	addEventListener("resize", () => {
		fit();
		draw();
	});
	fit();

	const last = Math.max(...packages.map(p => p.layer));
	const first = packages.find(p => p.wanted && p.layer === last && p.needs) || packages.find(p => p.wanted) || packages[0];
	if (first) show(first.name, (first.wanted ? "Chosen to begin with, since etc/apk/world asks for it" : "Chosen to begin with") + ": click any other package, here, in the map or in the tables.");

	// Tables: sorted by a column, filtered by words.
	for (const table of all("table[data-sortable]")) {
		const body = table.tBodies[0];
		const heads = [...table.tHead.rows[0].cells];
		heads.forEach((head, column) => {
			const button = element("button", head.textContent);
			button.type = "button";
			head.replaceChildren(button);
			button.addEventListener("click", () => {
				const down = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.classList.contains("n"));
				for (const other of heads) other.removeAttribute("aria-sort");
				head.setAttribute("aria-sort", down ? "descending" : "ascending");
				const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
				const compare = new Intl.Collator("en", {numeric: true}).compare;
				const rows = [...body.rows].sort((a, b) => compare(value(a), value(b)));
				body.append(...(down ? rows.reverse() : rows));
			});
		});
	}
	for (const input of all("input[data-filter]")) {
		const rows = [...document.getElementById(input.dataset.filter).tBodies[0].rows];
		input.hidden = false;
		input.addEventListener("input", () => {
			const words = input.value.toLowerCase().split(/\s+/);
			for (const row of rows) row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
		});
	}
	for (const e of all("[data-needs-script]")) e.hidden = false;
	document.documentElement.dataset.ready = "yes";
})();
