/* SPDX-License-Identifier: MIT */
#ifndef LPS_JVM_H
#define LPS_JVM_H

/*
 * The few functions of the Java Native Interface and of JVMTI that we call, declared here so that
 * no JDK is needed to build. Both are tables of function pointers whose order never changes; the
 * assertions below say what is where (JNI 1.6, JVMTI 1.2: JDK 6 and later).
 */

#include <stddef.h>
#include <stdint.h>

typedef void *lps_jobject;
typedef void *lps_jfield;
typedef void *lps_jmethod;
typedef int32_t lps_jint;

#define LPS_JNI_VERSION	  0x00010006
#define LPS_JVMTI_VERSION 0x30010200

typedef const struct lps_jni *const *lps_jnienv;
typedef const struct lps_jvmti *const *lps_jvmtienv;
typedef const struct lps_jvm *const *lps_javavm;

struct lps_native {
	const char *name, *desc;
	void *fn;
};

struct lps_jvm {
	void *a[6];
	lps_jint (*GetEnv)(lps_javavm vm, void **env, lps_jint version);
};

struct lps_jni {
	void *a[5];
	lps_jobject (*DefineClass)(lps_jnienv, const char *name, lps_jobject loader,
				   const signed char *bytes, lps_jint len);
	lps_jobject (*FindClass)(lps_jnienv, const char *name);
	void *b[10];
	void (*ExceptionClear)(lps_jnienv);
	void *c[1];
	lps_jint (*PushLocalFrame)(lps_jnienv, lps_jint capacity);
	lps_jobject (*PopLocalFrame)(lps_jnienv, lps_jobject result);
	void *d1[2];
	void (*DeleteLocalRef)(lps_jnienv, lps_jobject ref);
	void *d2[4];
	lps_jobject (*NewObject)(lps_jnienv, lps_jobject cls, lps_jmethod ctor, ...);
	void *d3[4];
	lps_jmethod (*GetMethodID)(lps_jnienv, lps_jobject cls, const char *name, const char *desc);
	void *d4[60];
	lps_jfield (*GetFieldID)(lps_jnienv, lps_jobject cls, const char *name, const char *desc);
	lps_jobject (*GetObjectField)(lps_jnienv, lps_jobject obj, lps_jfield field);
	void *e[4];
	lps_jint (*GetIntField)(lps_jnienv, lps_jobject obj, lps_jfield field);
	int64_t (*GetLongField)(lps_jnienv, lps_jobject obj, lps_jfield field);
	void *g[42];
	lps_jfield (*GetStaticFieldID)(lps_jnienv, lps_jobject cls, const char *name,
				       const char *desc);
	void *g1[9];
	void (*SetStaticObjectField)(lps_jnienv, lps_jobject cls, lps_jfield field,
				     lps_jobject value);
	void *g2[16];
	lps_jint (*GetArrayLength)(lps_jnienv, lps_jobject array);
	void *h[28];
	void (*GetByteArrayRegion)(lps_jnienv, lps_jobject array, lps_jint from, lps_jint len,
				   signed char *to);
	void *i[14];
	lps_jint (*RegisterNatives)(lps_jnienv, lps_jobject cls, const struct lps_native *natives,
				    lps_jint n);
	void *j[6];
	void *(*GetPrimitiveArrayCritical)(lps_jnienv, lps_jobject array, unsigned char *copied);
	void (*ReleasePrimitiveArrayCritical)(lps_jnienv, lps_jobject array, void *p,
					      lps_jint mode);
	void *k[4];
	unsigned char (*ExceptionCheck)(lps_jnienv);
	lps_jobject (*NewDirectByteBuffer)(lps_jnienv, void *address, int64_t capacity);
};

#define LPS_JNI_ABORT 2 /* release without copying back */

typedef void lps_class_hook(lps_jvmtienv ti, lps_jnienv jni, lps_jobject redefined,
			    lps_jobject loader, const char *name, lps_jobject domain, lps_jint len,
			    const unsigned char *bytes, lps_jint *new_len,
			    unsigned char **new_bytes);

struct lps_jvmti_callbacks {
	void *a[4];
	lps_class_hook *class_file_load;
};

struct lps_jvmti_capabilities {
	uint32_t word[4];
};

#define LPS_JVMTI_RETRANSFORM	  0x20 /* in word 1 */
#define LPS_JVMTI_CLASS_FILE_LOAD 54   /* the event */
#define LPS_JVMTI_PHASE_LIVE	  4

struct lps_jvmti {
	void *a[1];
	lps_jint (*SetEventNotificationMode)(lps_jvmtienv, lps_jint enable, lps_jint event,
					     lps_jobject thread, ...);
	void *b[43];
	lps_jint (*Allocate)(lps_jvmtienv, int64_t size, unsigned char **p);
	lps_jint (*Deallocate)(lps_jvmtienv, unsigned char *p);
	void *c[74];
	lps_jint (*SetEventCallbacks)(lps_jvmtienv, const struct lps_jvmti_callbacks *callbacks,
				      lps_jint size);
	void *g[4];
	lps_jint (*DisposeEnvironment)(lps_jvmtienv);
	void *h[5];
	lps_jint (*GetPhase)(lps_jvmtienv, lps_jint *phase);
	void *i[8];
	lps_jint (*AddCapabilities)(lps_jvmtienv, const struct lps_jvmti_capabilities *caps);
	void *j[9];
	lps_jint (*RetransformClasses)(lps_jvmtienv, lps_jint n, const lps_jobject *classes);
};

#define LPS_AT(type, member, slot)                                                                 \
	_Static_assert(offsetof(struct type, member) == (slot) * sizeof(void *), #member)

LPS_AT(lps_jvm, GetEnv, 6);
LPS_AT(lps_jni, DefineClass, 5);
LPS_AT(lps_jni, FindClass, 6);
LPS_AT(lps_jni, ExceptionClear, 17);
LPS_AT(lps_jni, PushLocalFrame, 19);
LPS_AT(lps_jni, PopLocalFrame, 20);
LPS_AT(lps_jni, DeleteLocalRef, 23);
LPS_AT(lps_jni, NewObject, 28);
LPS_AT(lps_jni, GetMethodID, 33);
LPS_AT(lps_jni, GetFieldID, 94);
LPS_AT(lps_jni, GetObjectField, 95);
LPS_AT(lps_jni, GetIntField, 100);
LPS_AT(lps_jni, GetLongField, 101);
LPS_AT(lps_jni, GetStaticFieldID, 144);
LPS_AT(lps_jni, SetStaticObjectField, 154);
LPS_AT(lps_jni, GetArrayLength, 171);
LPS_AT(lps_jni, GetByteArrayRegion, 200);
LPS_AT(lps_jni, RegisterNatives, 215);
LPS_AT(lps_jni, GetPrimitiveArrayCritical, 222);
LPS_AT(lps_jni, ReleasePrimitiveArrayCritical, 223);
LPS_AT(lps_jni, ExceptionCheck, 228);
LPS_AT(lps_jni, NewDirectByteBuffer, 229);
LPS_AT(lps_jvmti_callbacks, class_file_load, 4);
LPS_AT(lps_jvmti, SetEventNotificationMode, 1);
LPS_AT(lps_jvmti, Allocate, 45);
LPS_AT(lps_jvmti, Deallocate, 46);
LPS_AT(lps_jvmti, SetEventCallbacks, 121);
LPS_AT(lps_jvmti, DisposeEnvironment, 126);
LPS_AT(lps_jvmti, GetPhase, 132);
LPS_AT(lps_jvmti, AddCapabilities, 141);
LPS_AT(lps_jvmti, RetransformClasses, 151);

#undef LPS_AT

#endif
