package main

import (
	"context"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	apitypes "k8s.io/apimachinery/pkg/types"
)

type runtimeObject = runtime.Object

// What the pager collects pages in.
type internalList = internalversion.List

func types(uid string) apitypes.UID { return apitypes.UID(uid) }

func makeRole(ctx context.Context, rig *rig, account string) {
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"pods"}}},
	}
	_, err := rig.client.RbacV1().Roles(clientsNamespace).Create(ctx, role, metav1.CreateOptions{})
	rig.holds("protobuf: a Role", err)
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: account},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: clientsNamespace}},
	}
	_, err = rig.client.RbacV1().RoleBindings(clientsNamespace).Create(ctx, binding, metav1.CreateOptions{})
	rig.holds("protobuf: a RoleBinding", err)
}
