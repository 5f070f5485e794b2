// SPDX-License-Identifier: MIT
// What a class file can have in it that insertion has to move: loops to the first instruction, both
// switches, handlers, unfinished objects in frames, wide jumps. `Hook` is called by what is inserted.
import java.util.ArrayList;
import java.util.List;

class Rich {
	static Object loopAtEntry(Object o, int n) {
		while (n > 0) {
			if (n-- == 3)
				return o;
		}
		return n == 0 ? "zero" : null;
	}

	static Object dense(Object o, int n) {
		switch (n) {
		case 0: return "nil";
		case 1: return o == null ? "no" : "yes";
		case 2: return new StringBuilder(n > 1 ? "a" : "b").append(n).toString();
		default: return o;
		}
	}

	static Object sparse(Object o, int n) {
		switch (n) {
		case -5: return "minus";
		case 1000: return List.of(o);
		case 70000: return n;
		default: break;
		}
		try {
			return ((List<?>) o).get(n);
		} catch (ClassCastException | IndexOutOfBoundsException e) {
			return e.getClass().getSimpleName();
		} finally {
			n++;
		}
	}

	static Object wide(Object o, int n) {
		long sum = 0;
		for (int i = 0; i < n; i++) {
			double d = i / 2.0;
			sum += (long) d + new ArrayList<Object>(sum > 3 ? List.of(o, d) : List.of(o)).size();
		}
		synchronized (o) {
			return o instanceof String && sum > 9 ? (Object) ((String) o + sum) : (Object) sum;
		}
	}

	public static void main(String[] args) {
		for (int n : new int[] {-5, 0, 1, 2, 3, 7, 1000, 70000})
			for (Object o : new Object[] {"s", List.of(1, 2, 3, 4)})
				System.out.println(loopAtEntry(o, n) + " " + dense(o, n) + " " + sparse(o, n) + " " + wide(o, n % 50));
		System.err.println(Hook.entries + " " + Hook.returns);
	}
}

class Hook {
	static int entries, returns;

	static void entry(Object o, int n) {
		entries++;
	}

	static void leave(Object result) {
		returns++;
	}
}
