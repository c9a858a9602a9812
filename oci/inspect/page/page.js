"use strict";
(() => {
	const all = selector => [...document.querySelectorAll(selector)];
	const packages = JSON.parse(document.getElementById("packages-data").textContent);
	const byName = new Map(packages.map(p => [p.name, p]));

	// Maps: packages or folders.
	for (const button of all("[data-map]")) {
		button.addEventListener("click", () => {
			for (const other of all("[data-map]")) other.setAttribute("aria-pressed", other === button);
			for (const map of all(".map")) map.hidden = map.id !== button.dataset.map;
		});
	}
	const shrink = () => {
		for (const tile of all(".map > *")) tile.classList.toggle("tiny", tile.clientWidth < 46 || tile.clientHeight < 26);
	};
	addEventListener("resize", shrink);
	for (const button of all("[data-map]")) button.addEventListener("click", shrink);
	shrink();

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
		box.append(element("h3", title));
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
	const show = name => {
		const p = byName.get(name);
		if (!p) return;
		panel.replaceChildren();
		panel.append(element("h2", p.name + " " + p.version), element("p", p.description || ""));
		const reasons = [];
		if (p.wanted) reasons.push("asked for by world");
		if (p.installIf) reasons.push("comes by itself with " + p.installIf.join(" "));
		panel.append(element("p", [p.license, "layer " + p.layer, ...reasons].filter(Boolean).join(" · ")));
		const trio = element("div", "", "trio");
		const self = element("div");
		self.append(element("span", p.name, "chip self"));
		trio.append(chips("is needed by", p.neededBy), self, chips("needs", p.needs));
		panel.append(trio);
		panel.hidden = false;
		for (const tile of all("#map-packages a")) {
			if (tile.dataset.name === name) tile.setAttribute("aria-current", "true");
			else tile.removeAttribute("aria-current");
		}
	};
	for (const link of all("[data-name]")) {
		link.addEventListener("click", event => {
			event.preventDefault();
			show(link.dataset.name);
			if (link.closest("table")) panel.scrollIntoView({block: "nearest"});
		});
	}

	const last = Math.max(...packages.map(p => p.layer));
	const first = packages.find(p => p.wanted && p.layer === last) || packages[0];
	if (first) show(first.name);

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
