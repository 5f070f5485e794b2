/* SPDX-License-Identifier: MIT */
#include "java.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "classfile.h"
#include "java_class.h"
#include "jvm.h"
#include "methods.h"
#include "resolve.h"
#include "sessions.h"
#include "shim.h"
#include "state.h"

#define LOCALS	  64			    /* references that set-up makes */
#define CLASS_MAX (1u << 20)		    /* bytes of a class; JSSE's have 20,000 at most */
#define GROWTH	  8192u			    /* what insertions add at most, with room to spare */
#define WAIT_MS	  2000			    /* for another thread's set-up */
#define KEY_TAG	  ((uintptr_t)0x4a56 << 48) /* no object in memory has such an address */

/* --- what is inserted ------------------------------------------------------------------------- */

enum {
	ALOAD_0 = 42,
	ALOAD_1 = 43,
	ALOAD_2 = 44,
	ILOAD = 21,
	ILOAD_1 = 27,
	ILOAD_2 = 28,
	ILOAD_3 = 29,
	DUP = 89,
};

#define BUFFERS "[" LPS_JAVA_BUFFER "II"

/* clang-format off */
#define ENTRY(m, d, n, stack, h, hd, ...) {                                                        \
	.method = (m), .desc = (d), .load = {__VA_ARGS__}, .n_load = (n), .n_stack = (stack),      \
	.hook = (h), .hook_desc = (hd)}
#define RETURN(m, d, n, stack, h, hd, ...) {                                                       \
	.method = (m), .desc = (d), .at_return = true, .load = {__VA_ARGS__}, .n_load = (n),       \
	.n_stack = (stack), .hook = (h), .hook_desc = (hd)}
/* clang-format on */

static const struct lps_class_insert socket_out[] = {
	ENTRY("deliver", "([BII)V", 4, 4, "out", LPS_JAVA_OUT_DESC, ALOAD_0, ALOAD_1, ILOAD_2,
	      ILOAD_3),
};
/* An engine takes a part of several buffers; what it took is what it encrypts next. */
static const struct lps_class_insert engine_out[] = {
	ENTRY("encode", "(" BUFFERS BUFFERS ")Lsun/security/ssl/Ciphertext;", 1, 1, "engine",
	      LPS_JAVA_OF_OUT, ALOAD_0),
};
static const struct lps_class_insert any_out[] = {
	ENTRY("encrypt",
	      "(Lsun/security/ssl/SSLCipher$SSLWriteCipher;B" LPS_JAVA_BUFFER
	      "IIILsun/security/ssl/ProtocolVersion;)J",
	      4, 3, "crypt", LPS_JAVA_CRYPT_DESC, ILOAD_1, ALOAD_2, ILOAD, 5),
	ENTRY("close", "()V", 1, 1, "endOut", LPS_JAVA_OF_OUT, ALOAD_0),
};
static const struct lps_class_insert records_in[] = {
	RETURN("decode", "(" BUFFERS ")[Lsun/security/ssl/Plaintext;", 2, 2, "in", LPS_JAVA_IN_DESC,
	       DUP, ALOAD_0),
};
static const struct lps_class_insert any_in[] = {
	ENTRY("close", "()V", 1, 1, "endIn", LPS_JAVA_OF_IN, ALOAD_0),
};

enum jsse {
	OUT_RECORD,
	IN_RECORD,
	SOCKET_OUT,
	ENGINE_OUT,
	SOCKET_IN,
	ENGINE_IN,
	JSSE_CLASSES,
};

static const struct {
	const char *name;
	const struct lps_class_insert *ins;
	size_t n;
} jsse[JSSE_CLASSES] = {
	[OUT_RECORD] = {LPS_JSSE "OutputRecord", any_out, LP_ARRAY_LEN(any_out)},
	[IN_RECORD] = {LPS_JSSE "InputRecord", any_in, LP_ARRAY_LEN(any_in)},
	[SOCKET_OUT] = {LPS_JSSE "SSLSocketOutputRecord", socket_out, 1},
	[ENGINE_OUT] = {LPS_JSSE "SSLEngineOutputRecord", engine_out, 1},
	[SOCKET_IN] = {LPS_JSSE "SSLSocketInputRecord", records_in, 1},
	[ENGINE_IN] = {LPS_JSSE "SSLEngineInputRecord", records_in, 1},
};

/* --- state ------------------------------------------------------------------------------------ */

enum { NO_VM, MET, SETTING_UP, DONE };

typedef lps_jint get_vms_fn(lps_javavm *vms, lps_jint max, lps_jint *n);
typedef lps_jobject find_class_fn(lps_jnienv env, const char *name);

static _Atomic int phase;
static get_vms_fn *get_vms;
static find_class_fn *find_class; /* by the boot loader, without running its initialiser */

static lps_jvmtienv ti;
static _Atomic unsigned tried; /* classes that were rewritten, or could not be; by their bits */

/* Looked up when the first buffer passes that Java code cannot look into: its class is in use then,
 * its initialiser ran. */
enum { UNKNOWN, FOUND, MISSING };
static _Atomic int fields;
enum field {
	POSITION,
	LIMIT,
	ADDRESS,
	ARRAY,
	OFFSET,
	FIELDS,
};
static _Atomic lps_jfield known[FIELDS];

/* Whose record this thread encrypts. Nothing between the two calls waits, so it stays on the
 * thread. */
static __thread uintptr_t engine __attribute__((tls_model("initial-exec")));

/* --- called from Java ------------------------------------------------------------------------- */

static bool find_fields(lps_jnienv env)
{
	static const struct {
		const char *cls, *name, *desc;
	} all[FIELDS] = {
		[POSITION] = {"java/nio/Buffer", "position", "I"},
		[LIMIT] = {"java/nio/Buffer", "limit", "I"},
		[ADDRESS] = {"java/nio/Buffer", "address", "J"},
		[ARRAY] = {"java/nio/ByteBuffer", "hb", "[B"},
		[OFFSET] = {"java/nio/ByteBuffer", "offset", "I"},
	};
	int found = atomic_load_explicit(&fields, memory_order_acquire);

	if (LP_LIKELY(found != UNKNOWN))
		return found == FOUND;
	found = FOUND;
	for (size_t i = 0; i < FIELDS && found == FOUND; i++) {
		lps_jobject cls = find_class(env, all[i].cls);
		lps_jfield f = NULL;

		if (cls)
			f = (*env)->GetFieldID(env, cls, all[i].name, all[i].desc);
		if (!f)
			found = MISSING;
		atomic_store_explicit(&known[i], f, memory_order_relaxed);
		(*env)->DeleteLocalRef(env, cls);
	}
	if (found == MISSING)
		(*env)->ExceptionClear(env);
	/* Threads that do this at the same time find the same. */
	atomic_store_explicit(&fields, found, memory_order_release);
	return found == FOUND;
}

static lps_jfield field(enum field f)
{
	return atomic_load_explicit(&known[f], memory_order_relaxed);
}

/* Objects move; their hash codes do not. 0: unknown. */
static uintptr_t key_of(lps_jint hash)
{
	return hash ? KEY_TAG | (uint32_t)hash : 0;
}

/* An address that stands for a session, never followed. */
static const void *session(uintptr_t key)
{
	return (const void *)key; /* NOLINT(performance-no-int-to-ptr) */
}

/* Whose bytes these are. */
static uintptr_t key_for(lps_jint hash, lps_jint how)
{
	return how == LPS_JAVA_OUT_WHOSE ? engine : key_of(hash);
}

/* The same when they are wanted, else 0: before they are looked for. */
static uintptr_t wanted(lps_jint hash, lps_jint how)
{
	uintptr_t key = key_for(hash, how);

	return key && lps_session_wanted(session(key), how != LPS_JAVA_IN) ? key : 0;
}

static void pass(uintptr_t key, lps_jint how, const void *p, lps_jint len)
{
	if (how == LPS_JAVA_IN)
		lps_session_in(session(key), p, (size_t)len);
	else
		lps_session_out(session(key), p, (size_t)len);
}

/* The array has these bytes, if their end is no overflow. */
static void pass_array(lps_jnienv env, uintptr_t key, lps_jint how, lps_jobject array,
		       lps_jint from, lps_jint len)
{
	signed char copy[LPS_JAVA_COPY];
	char *p;

	if (from < 0 || len <= 0 || from > INT32_MAX - len)
		return;
	if (len <= LPS_JAVA_COPY) { /* rather than read where they lie */
		(*env)->GetByteArrayRegion(env, array, from, len, copy);
		pass(key, how, copy, len);
		return;
	}
	/* Where they lie: nothing below waits for another thread of Java's. */
	p = (*env)->GetPrimitiveArrayCritical(env, array, NULL);
	if (!p)
		return;
	pass(key, how, p + from, len);
	(*env)->ReleasePrimitiveArrayCritical(env, array, p, LPS_JNI_ABORT);
}

/* Of a part that was found to be within the array. */
static void java_bytes(lps_jnienv env, lps_jobject cls, lps_jint hash, lps_jint how,
		       lps_jobject array, lps_jint from, lps_jint len)
{
	uintptr_t key = wanted(hash, how);

	(void)cls;
	if (key && array)
		pass_array(env, key, how, array, from, len);
}

/* Of this class's Java code, which copied them here. */
static signed char copied[LPS_JAVA_COPY];

LP_HOT static void java_copied(lps_jnienv env, lps_jobject cls, lps_jint hash, lps_jint how,
			       lps_jint len)
{
	uintptr_t key = key_for(hash, how);

	(void)env;
	(void)cls;
	if (key && len > 0 && len <= LPS_JAVA_COPY)
		pass(key, how, copied, len);
}

/* Without it Java code hands arrays over. */
static void lend_copy(lps_jnienv env, lps_jobject cls)
{
	lps_jobject atomic = find_class(env, LPS_JAVA_ATOMIC), busy = NULL, copy = NULL;
	lps_jmethod make = atomic ? (*env)->GetMethodID(env, atomic, "<init>", "()V") : NULL;
	lps_jfield busy_at = NULL, copy_at = NULL;

	if (make)
		busy = (*env)->NewObject(env, atomic, make);
	if (busy)
		busy_at = (*env)->GetStaticFieldID(env, cls, LPS_JAVA_BUSY_NAME,
						   "L" LPS_JAVA_ATOMIC ";");
	if (busy_at)
		copy_at = (*env)->GetStaticFieldID(env, cls, LPS_JAVA_COPY_NAME, LPS_JAVA_BUFFER);
	if (copy_at)
		copy = (*env)->NewDirectByteBuffer(env, copied, LPS_JAVA_COPY);
	if (copy) {
		(*env)->SetStaticObjectField(env, cls, busy_at, busy);
		(*env)->SetStaticObjectField(env, cls, copy_at, copy);
	}
	if ((*env)->ExceptionCheck(env))
		(*env)->ExceptionClear(env);
}

/* What a buffer that shows no array has between position and limit. */
static void java_buffer(lps_jnienv env, lps_jobject cls, lps_jint hash, lps_jint how,
			lps_jobject buffer)
{
	uintptr_t key = wanted(hash, how), address;
	lps_jint position, len;
	lps_jobject array;

	(void)cls;
	if (!key || !buffer || !find_fields(env))
		return;
	position = (*env)->GetIntField(env, buffer, field(POSITION));
	len = (*env)->GetIntField(env, buffer, field(LIMIT)) - position;
	if (position < 0 || len <= 0)
		return;
	array = (*env)->GetObjectField(env, buffer, field(ARRAY));
	if (array) {
		int64_t from = (int64_t)position + (*env)->GetIntField(env, buffer, field(OFFSET));

		if (from + len <= (*env)->GetArrayLength(env, array))
			pass_array(env, key, how, array, (lps_jint)from, len);
		return;
	}
	address = (uintptr_t)(*env)->GetLongField(env, buffer, field(ADDRESS));
	if (address)
		pass(key, how, session(address + (uintptr_t)position), len);
}

static void java_whose(lps_jnienv env, lps_jobject cls, lps_jint hash)
{
	(void)env;
	(void)cls;
	engine = key_of(hash);
}

/* Closed in one direction is closed: HTTP has no use for half of a TLS connection. */
static void java_over(lps_jnienv env, lps_jobject cls, lps_jint hash)
{
	uintptr_t key = key_of(hash);

	(void)env;
	(void)cls;
	if (key)
		lps_session_end(session(key));
}

/* ISO C has no cast between pointers to functions and to data. */
static void set_native(struct lps_native *natives, enum lps_java_native i, lps_fn fn)
{
	natives[i] = lps_java_natives[i];
	memcpy(&natives[i].fn, &fn, sizeof(fn));
}

static bool define_hooks(lps_jnienv env)
{
	struct lps_native natives[LPS_JAVA_NATIVES];
	unsigned char bytes[LPS_JAVA_CLASS_MAX];
	size_t len = lps_java_class(bytes, sizeof(bytes));
	lps_jobject cls;

	if (!len)
		return false;
	set_native(natives, LPS_JAVA_BYTES, (lps_fn)java_bytes);
	set_native(natives, LPS_JAVA_COPIED, (lps_fn)java_copied);
	set_native(natives, LPS_JAVA_BUF, (lps_fn)java_buffer);
	set_native(natives, LPS_JAVA_WHOSE, (lps_fn)java_whose);
	set_native(natives, LPS_JAVA_OVER, (lps_fn)java_over);
	cls = (*env)->DefineClass(env, LPS_JAVA_CLASS, NULL, (const signed char *)bytes,
				  (lps_jint)len);
	if (!cls || (*env)->RegisterNatives(env, cls, natives, LPS_JAVA_NATIVES))
		return false;
	lend_copy(env, cls);
	return true;
}

/* --- setting up ------------------------------------------------------------------------------- */

/* Of JVMTI, for each class that anybody loads or retransforms while the event is on. */
static void class_file_load(lps_jvmtienv env, lps_jnienv jni, lps_jobject redefined,
			    lps_jobject loader, const char *name, lps_jobject domain, lps_jint len,
			    const unsigned char *bytes, lps_jint *new_len,
			    unsigned char **new_bytes)
{
	struct lps_class_work *work;
	unsigned char *out = NULL;
	size_t which = 0;
	long n;

	(void)jni;
	(void)redefined;
	(void)domain;
	if (loader || !name || len <= 0 || (uint32_t)len > CLASS_MAX)
		return;
	while (which < JSSE_CLASSES && strcmp(name, jsse[which].name) != 0)
		which++;
	if (which == JSSE_CLASSES)
		return;
	atomic_fetch_or_explicit(&tried, 1u << which, memory_order_relaxed);
	work = lps_map(sizeof(*work));
	if (work && (*env)->Allocate(env, (int64_t)len + GROWTH, &out) == 0) {
		n = lps_class_rewrite(lp_span_of((const char *)bytes, (size_t)len), LPS_JAVA_CLASS,
				      jsse[which].ins, jsse[which].n, out, (size_t)len + GROWTH,
				      work);
		if (n > 0) {
			*new_len = (lps_jint)n;
			*new_bytes = out;
		} else {
			(*env)->Deallocate(env, out);
		}
	}
	if (work)
		munmap(work, sizeof(*work));
}

static bool watch_classes(lps_jvmtienv env)
{
	static const struct lps_jvmti_callbacks callbacks = {.class_file_load = class_file_load};

	return !(*env)->SetEventCallbacks(env, &callbacks, (lps_jint)sizeof(callbacks)) &&
	       !(*env)->SetEventNotificationMode(env, 1, LPS_JVMTI_CLASS_FILE_LOAD, NULL);
}

/* In an environment of its own: one whose event was on before may not do it any more. */
static void retransform(lps_javavm vm, lps_jint n, const lps_jobject *classes)
{
	static const struct lps_jvmti_capabilities caps = {.word = {0, LPS_JVMTI_RETRANSFORM}};
	lps_jvmtienv env;
	void *p;

	if ((*vm)->GetEnv(vm, &p, LPS_JVMTI_VERSION))
		return;
	env = p;
	if (!(*env)->AddCapabilities(env, &caps) && watch_classes(env))
		(void)!!(*env)->RetransformClasses(env, n, classes);
	(void)!!(*env)->DisposeEnvironment(env);
}

/*
 * Classes that are loaded now come changed. One that was loaded before is retransformed, for which
 * the virtual machine throws all its compiled code away and starts to compile anew. What is not as
 * we know it is left alone, and a blind spot.
 */
static void set_up(lps_jnienv env, lps_javavm vm)
{
	lps_jobject cls, loaded[JSSE_CLASSES];
	lps_jint n = 0;

	if (!define_hooks(env) || !watch_classes(ti))
		goto out;
	for (unsigned i = 0; i < JSSE_CLASSES; i++) {
		cls = find_class(env, jsse[i].name);
		if (cls && !(atomic_load_explicit(&tried, memory_order_relaxed) & 1u << i))
			loaded[n++] = cls;
	}
	/* While it is on, no class comes out of the shared archive as it is: start-up would take a
	 * tenth longer. */
	if (!(*ti)->SetEventNotificationMode(ti, 0, LPS_JVMTI_CLASS_FILE_LOAD, NULL) && n)
		retransform(vm, n, loaded);
out:
	if ((*env)->ExceptionCheck(env))
		(*env)->ExceptionClear(env);
}

/* The virtual machine's environment on this thread, when it is running and this is Java's thread.
 */
static lps_jnienv environment(lps_javavm *vm)
{
	lps_jint n = 0, now;
	void *env;

	if (get_vms(vm, 1, &n) || n < 1 || (**vm)->GetEnv(*vm, &env, LPS_JNI_VERSION))
		return NULL;
	if (!ti) {
		void *p;

		if ((**vm)->GetEnv(*vm, &p, LPS_JVMTI_VERSION))
			return NULL;
		ti = p;
	}
	if ((*ti)->GetPhase(ti, &now) || now != LPS_JVMTI_PHASE_LIVE)
		return NULL;
	return (*(lps_jnienv)env)->ExceptionCheck(env) ? NULL : env;
}

/* Not any more where the process limits its own system calls. */
static bool in_phase(int is)
{
	return atomic_load_explicit(&phase, memory_order_acquire) == is &&
	       atomic_load_explicit(&lps_phase, memory_order_acquire) == LPS_READY;
}

static void wait_done(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	for (int i = 0; i < WAIT_MS && in_phase(SETTING_UP); i++)
		syscall(SYS_nanosleep, &ms, NULL);
}

bool lps_java_waits(void)
{
	return LP_UNLIKELY(in_phase(MET) || in_phase(SETTING_UP));
}

void lps_java_ready(void)
{
	int met = MET;
	lps_javavm vm;
	lps_jnienv env;

	if (!atomic_compare_exchange_strong_explicit(&phase, &met, SETTING_UP, memory_order_acq_rel,
						     memory_order_acquire)) {
		wait_done();
		return;
	}
	env = environment(&vm);
	if (env && (*env)->PushLocalFrame(env, LOCALS) == 0) {
		set_up(env, vm);
		(*env)->PopLocalFrame(env, NULL);
		atomic_store_explicit(&phase, DONE, memory_order_release);
	} else {
		/* A thread that is not Java's, or too early: the next connection asks again. */
		if (env)
			(*env)->ExceptionClear(env);
		atomic_store_explicit(&phase, MET, memory_order_release);
	}
}

void lps_java_socket(void)
{
	if (LP_UNLIKELY(atomic_load_explicit(&phase, memory_order_relaxed) == NO_VM) &&
	    lps_enter()) {
		if (lps_own_process())
			lps_methods_socket();
		lps_leave();
	}
	if (lps_java_waits())
		lps_java_ready();
}

void lps_java_meet(const struct lp_elf_loaded *m)
{
	uint64_t vms, find;

	if (atomic_load_explicit(&phase, memory_order_relaxed) != NO_VM)
		return;
	vms = lp_elf_loaded_function(m, "JNI_GetCreatedJavaVMs");
	find = vms ? lp_elf_loaded_function(m, "JVM_FindClassFromBootLoader") : 0;
	if (!find)
		return;
	memcpy(&get_vms, &vms, sizeof(get_vms));
	memcpy(&find_class, &find, sizeof(find_class));
	atomic_store_explicit(&phase, MET, memory_order_release);
}
