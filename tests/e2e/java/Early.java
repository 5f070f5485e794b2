// SPDX-License-Identifier: MIT
/** Calls, where JSSE's record layer is loaded before there is a socket. */
class Early {
	public static void main(String[] args) throws Exception {
		for (String name : new String[] {"SSLSocketInputRecord", "SSLSocketOutputRecord", "SSLEngineInputRecord", "SSLEngineOutputRecord"})
			Class.forName("sun.security.ssl." + name, false, null);
		Calls.main(args);
	}
}
